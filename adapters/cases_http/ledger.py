"""The ledger's ports, each call carried out by the coordinator."""

import uuid

from adapters.cases_http.line import Line
from adapters.cases_http.outbox import Outbox
from domain.case import Case, CaseFile, WorkRequest
from domain.claim import Claim
from domain.errors import Transient
from domain.ports import Breaker, Budget, Cases, Checkpoints, Claims
from domain.transcript import RoundKey, Transcript

_OUTCOME_S = 20.0


class HttpCases:
    """The port `Cases`. An outcome is on this machine's disk before it is sent: it outlives both ends."""

    def __init__(self, line: Line, outbox: Outbox) -> None:
        self._line = line
        self._outbox = outbox

    async def open(self, case: Case, request: WorkRequest, delivery: str | None = None) -> CaseFile:
        """Write a new case file."""
        return await self._line.call(Cases.open, case, request, delivery)

    async def read(self, task_id: str) -> CaseFile:
        """The case file; one that has ended here and could not be sent yet is what it is here."""
        if waiting := self._outbox.get(task_id):
            return waiting
        return await self._line.call(Cases.read, task_id)

    async def write(self, file: CaseFile, delivery: str | None = None) -> None:
        """Replace a case file; an outcome is waited for only shortly, somebody sends it later."""
        if not file.ended:
            await self._line.call(Cases.write, file, delivery)
            return
        self._outbox.put(file)
        try:
            await self._line.within(_OUTCOME_S, Cases.write, file, delivery)
        except Transient:
            return
        self._outbox.drop(file.case.id)

    async def of_issue(self, forge: str, repository_id: int, issue: int) -> tuple[CaseFile, ...]:
        """All cases of an issue, newest first."""
        return await self._line.call(Cases.of_issue, forge, repository_id, issue)

    async def recent(self, limit: int) -> tuple[CaseFile, ...]:
        """The newest case files."""
        return await self._line.call(Cases.recent, limit)


class HttpClaims:
    """The port `Claims`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def acquire(self, case: Case, lease_s: float) -> Claim:
        """Take the issue for this process. Raises `ClaimLost`."""
        return await self._line.call(Claims.acquire, case, lease_s)

    async def prove(self, claim: Claim, lease_s: float) -> None:
        """Show that the claim is still ours. Raises `ClaimLost`."""
        await self._line.call(Claims.prove, claim, lease_s)

    async def release(self, claim: Claim) -> None:
        """Let others have it; out of reach of the coordinator the lease does it."""
        try:
            await self._line.within(_OUTCOME_S, Claims.release, claim)
        except Transient:
            return

    async def holder(self, case: Case) -> Claim | None:
        """Who else works on the case's issue now."""
        return await self._line.call(Claims.holder, case)


class HttpBudget:
    """The port `Budget`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def reserve(
        self, task_id: str, usd: float, run_cap: float, daily_cap: float, name: str | None = None
    ) -> str | None:
        """Reserve the worst case of a call, once however often the line asks; None if a cap would be passed."""
        return await self._line.call(Budget.reserve, task_id, usd, run_cap, daily_cap, name or uuid.uuid4().hex)

    async def settle(self, reservation: str, usd: float) -> None:
        """Book what the call really cost."""
        await self._line.call(Budget.settle, reservation, usd)

    async def left(self, task_id: str, run_cap: float, daily_cap: float) -> float:
        """US dollars that may still be reserved."""
        return await self._line.call(Budget.left, task_id, run_cap, daily_cap)


class HttpBreaker:
    """The port `Breaker`: one for all nodes that use the coordinator's account."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def trip(self, reason: str) -> bool:
        """The service refused the account; whether this is news."""
        return await self._line.call(Breaker.trip, reason)

    async def admit(self) -> None:
        """Let a run begin. Raises `AccountPaused`."""
        await self._line.call(Breaker.admit)

    async def reset(self) -> None:
        """The account works."""
        await self._line.call(Breaker.reset)


class HttpCheckpoints:
    """The port `Checkpoints`: the copies that outlive a node; nobody waits long for them."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def load(self, key: RoundKey) -> Transcript | None:
        """The transcript of a round; None if it never began."""
        return await self._line.call(Checkpoints.load, key)

    async def save(self, key: RoundKey, transcript: Transcript) -> None:
        """Store the transcript."""
        await self._line.within(_OUTCOME_S, Checkpoints.save, key, transcript)

    async def forget(self, task_id: str) -> None:
        """Remove all rounds of a case; what stays because nobody answers is removed with age."""
        try:
            await self._line.within(_OUTCOME_S, Checkpoints.forget, task_id)
        except Transient:
            return

    async def keep_files(self, key: RoundKey, data: bytes) -> None:
        """Store the newest snapshot's files beside a round."""
        await self._line.within(_OUTCOME_S, Checkpoints.keep_files, key, data)

    async def files(self, key: RoundKey) -> bytes | None:
        """The files that were stored beside a round."""
        return await self._line.call(Checkpoints.files, key)
