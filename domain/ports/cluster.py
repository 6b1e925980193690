"""What a cluster shares beyond the ledger of cases: its nodes, turns, and what comes in over the API."""

from typing import Protocol

from domain.backlog import Swept
from domain.case import CaseFile, WorkRequest
from domain.node import NodeCard, NodeState
from domain.submission import Submission, SubmissionFile


class Nodes(Protocol):
    """The nodes that have joined."""

    async def join(self, card: NodeCard) -> None:
        """A node joins, or comes back. Raises `UsageError` while another process has its id."""
        ...

    async def beat(self, node_id: str, start: str, running: int, draining: bool) -> bool:  # noqa: FBT001 - a sign's two facts
        """A sign of life; False if it must join again."""
        ...

    async def leave(self, node_id: str, start: str) -> None:
        """The node has ended."""
        ...

    async def all(self) -> tuple[NodeState, ...]:
        """Every node that has not left."""
        ...


class Turns(Protocol):
    """What all processes of a cluster may do only one after the other, or not before a moment."""

    async def turn(self, key: str, gap_s: float) -> float:
        """Seconds until this caller's turn; the next one comes `gap_s` after it."""
        ...

    async def hold(self, key: str, seconds: float) -> None:
        """Nobody's turn comes within the next `seconds`."""
        ...


class Dispatch(Protocol):
    """The coordinator, as runs see it."""

    async def hand_off(self, request: WorkRequest) -> CaseFile:
        """The case for a request, with one run of it in the pool of the best specialist."""
        ...

    async def sweep(self, repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> Swept:
        """Start work on what the backlog holds, and write down what became of pull requests."""
        ...


class Submissions(Protocol):
    """What came in over the API."""

    async def open(self, submission: Submission, task_id: str) -> tuple[SubmissionFile, bool | None]:
        """The file under this id, and whether it is new; None instead: the id stands for another body."""
        ...

    async def read(self, task_id: str) -> SubmissionFile:
        """What became of it. Raises `UnknownTask`."""
        ...

    async def write(self, file: SubmissionFile) -> None:
        """Replace it by its newer self."""
        ...

    async def recent(self, limit: int) -> tuple[SubmissionFile, ...]:
        """The newest ones."""
        ...
