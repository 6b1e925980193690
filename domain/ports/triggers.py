"""What makes work begin from outside: deliveries, people's rights, the backlog, words to a running agent."""

from datetime import datetime
from typing import Protocol

from domain.backlog import Labelled, Waiting
from domain.delivery import Delivery, PendingDelivery, Remark


class Deliveries(Protocol):
    """Webhook deliveries, each stored once and settled once. Raises `Transient`, `DiskFull`, `CaseError`."""

    async def receive(self, deliveries: tuple[Delivery, ...]) -> tuple[bool, ...]:
        """Store them durably, all or none; for each whether it is new: neither its id nor its digest was known."""
        ...

    async def pending(self, limit: int) -> tuple[PendingDelivery, ...]:
        """Those not settled, of each issue or pull request only the first that came in; those due first come first.

        The first that stops is given beside it; what came in after one that stops is not.
        """
        ...

    async def note(self, delivery_id: str, tries: int, due: datetime) -> None:
        """Write down how often it was begun, and when it is due again."""
        ...

    async def done(self, delivery_id: str, verdict: str, overtaken: str | None = None) -> None:
        """Settle it with one line on what came of it; one that is settled already keeps its first verdict.

        With `overtaken`, what came in before it about the same issue is settled too, with those words.
        """
        ...

    async def prune(self, before: datetime) -> int:
        """Remove the settled ones that came in before this moment; how many went."""
        ...


class Remarks(Protocol):
    """What people say to a task's agent while it works."""

    async def say(self, task_id: str, author: str, text: str, source: str) -> None:
        """Store it for the agent's next step; a second time from the same `source` changes nothing."""
        ...

    async def take(self, task_id: str, known: int) -> tuple[Remark, ...]:
        """Those with a higher number than `known`, oldest first; nothing is removed."""
        ...


class Actors(Protocol):
    """What the forge says of those who ask for work. Raises the `ForgeError`s and `Transient`s of domain.errors."""

    async def may_write(self, repo: str, login: str) -> bool:
        """Whether the login may write to the repository; False for a stranger.

        Raises `PermissionDenied` if our token may not ask.
        """
        ...

    async def branch(self, repo: str, pull: int) -> str | None:
        """The head branch of a pull request; None if it lies in another repository."""
        ...


class Backlog(Protocol):
    """Open issues that carry a label, and who set it. Raises as `Actors` does."""

    async def labels(self, repo: str) -> tuple[str, ...]:
        """The names of the repository's labels."""
        ...

    async def open_issues(self, repo: str, label: str) -> tuple[Waiting, ...]:
        """Open issues (no pull requests) with the label, oldest first."""
        ...

    async def labelled(self, repo: str, number: int, label: str) -> Labelled | None:
        """Who set the label that the issue carries now, and when; None if its timeline does not tell."""
        ...

    async def rewritten(self, repo: str, number: int, since: Labelled) -> bool:
        """Whether somebody else changed the issue's text since then; False where the forge does not tell."""
        ...
