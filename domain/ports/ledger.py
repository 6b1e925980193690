"""What is written down: cases, claims, money, transcripts, refused accounts."""

from typing import Protocol

from domain.case import Case, CaseFile, WorkRequest
from domain.claim import Claim
from domain.transcript import RoundKey, Transcript


class Cases(Protocol):
    """The ledger of cases."""

    async def open(self, case: Case, request: WorkRequest, delivery: str | None = None) -> CaseFile:
        """Write a new case file; the id in `case` is replaced by the day's next.

        The webhook `delivery` that asked for it is settled in the same transaction. Raises `CaseError` if it
        was settled before: then no case is opened.
        """
        ...

    async def read(self, task_id: str) -> CaseFile:
        """The case file. Raises `UnknownTask`."""
        ...

    async def write(self, file: CaseFile, delivery: str | None = None) -> None:
        """Replace a case file by its newer self; the webhook `delivery` that asked for it is settled with it.

        Raises `CaseError` if the delivery was settled before: then nothing is replaced.
        """
        ...

    async def of_issue(self, forge: str, repository_id: int, issue: int) -> tuple[CaseFile, ...]:
        """All cases of an issue, newest first."""
        ...

    async def recent(self, limit: int) -> tuple[CaseFile, ...]:
        """The newest case files."""
        ...


class Claims(Protocol):
    """One holder an issue."""

    async def acquire(self, case: Case, lease_s: float) -> Claim:
        """Take the issue for this process. Raises `ClaimLost` if somebody else holds it."""
        ...

    async def prove(self, claim: Claim, lease_s: float) -> None:
        """Show that the claim is still ours, and prolong it. Raises `ClaimLost`."""
        ...

    async def release(self, claim: Claim) -> None:
        """Let others have it."""
        ...

    async def holder(self, case: Case) -> Claim | None:
        """Who else works on the case's issue now."""
        ...


class Budget(Protocol):
    """Money, reserved before it is spent."""

    async def reserve(
        self, task_id: str, usd: float, run_cap: float, daily_cap: float, name: str | None = None
    ) -> str | None:
        """Reserve the worst case of a call; None if a cap would be passed. The same `name` again reserves nothing."""
        ...

    async def settle(self, reservation: str, usd: float) -> None:
        """Book what the call really cost and give the rest back."""
        ...

    async def left(self, task_id: str, run_cap: float, daily_cap: float) -> float:
        """US dollars that may still be reserved for the task."""
        ...


class Breaker(Protocol):
    """Stands between the runs of one state folder and the model's account while the service refuses it."""

    async def trip(self, reason: str) -> bool:
        """The service refused the account; whether this is news. `reason` is one line, without secrets."""
        ...

    async def admit(self) -> None:
        """Let a run begin. Raises `AccountPaused`, unless it is time for one run to try whether the account works."""
        ...

    async def reset(self) -> None:
        """The service answered: the account works."""
        ...


class Checkpoints(Protocol):
    """Transcripts that outlive the process, so that no round is paid twice."""

    async def load(self, key: RoundKey) -> Transcript | None:
        """The transcript of a round, finished or not; None if it never began."""
        ...

    async def save(self, key: RoundKey, transcript: Transcript) -> None:
        """Store the transcript so that a crash right after loses nothing."""
        ...

    async def forget(self, task_id: str) -> None:
        """Remove all rounds of a case."""
        ...

    async def keep_files(self, key: RoundKey, data: bytes) -> None:
        """Store the newest snapshot's files beside a round: what `Parcels.pack` made of them."""
        ...

    async def files(self, key: RoundKey) -> bytes | None:
        """The files that were stored beside a round; None if there are none."""
        ...
