"""What became of our pull requests, where no webhook told: the sweep asks."""

import logging
from datetime import datetime
from typing import Protocol

from domain.case import CaseFile, Settled
from domain.errors import ClusterError, Transient
from domain.ports import Issues, PullRequests

_log = logging.getLogger(__name__)


class Unsettled(Protocol):
    """The ledger's question."""

    async def unsettled(self, limit: int) -> tuple[CaseFile, ...]:
        """Ended cases whose pull request is neither known to be merged nor to be closed."""
        ...


class Fates(Protocol):
    """Where the answer is written down."""

    async def settled(self, task_id: str, pull: int, merged_at: datetime | None) -> None:
        """The task's pull request was merged at a time (UTC), or closed without it (None)."""
        ...


class Settling:
    """Asks the forge once for each open question; a repository that can't be asked does not keep others waiting."""

    def __init__(self, issues: Issues, pulls: PullRequests, ledger: Unsettled, fates: Fates) -> None:
        self._issues, self._pulls = issues, pulls
        self._ledger, self._fates = ledger, fates

    async def settle(self, limit: int) -> tuple[str, ...]:
        """Of at most `limit` pull requests; `owner/name#number merged` or `... closed` for each that was decided.

        Raises `Transient` where the forge or the ledger is away, or limits us: the next sweep asks again.
        """
        told: list[str] = []
        names: dict[int, str | None] = {}
        for file in await self._ledger.unsettled(limit):
            repository = file.case.repository
            try:
                if repository.id not in names:
                    names[repository.id] = await self._name(repository.id, repository.name)
                name = names[repository.id]
                fate = await self._fate(file, name) if name else None
            except Transient:
                raise
            except ClusterError as error:
                names[repository.id] = None
                _log.warning("sweep can't see what became of a pull request task=%s reason=%s", file.case.id, error)
                continue
            if fate:
                await self._fates.settled(file.case.id, fate.pull, fate.merged_at)
                told.append(f"{name}#{fate.pull} {'merged' if fate.merged_at else 'closed'}")
        return tuple(told)

    async def _name(self, number: int, name: str) -> str | None:
        """What the repository is called today; None if another one has its name now."""
        found = await self._issues.repository(name)
        return found.name if found.id == number else None

    async def _fate(self, file: CaseFile, repo: str) -> Settled | None:
        """None while it is open."""
        link = file.result.pull_request if file.result else None
        if link is None:
            return None
        for pull in await self._pulls.on_branch(repo, link.branch):
            if pull.number == link.number and pull.state != "open":
                return Settled(pull=pull.number, merged_at=pull.merged_at)
        return None
