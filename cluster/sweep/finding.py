"""What the backlog sweep finds: labelled open issues that nobody works on, the most urgent first."""

import logging
from datetime import datetime, timedelta

from cluster.webhooks.entitled import Entitlement
from cluster.webhooks.house import House
from domain.backlog import Found, Labelled, Waiting
from domain.case import WorkRequest
from domain.delivery import FrozenText
from domain.issue import Issue
from domain.order import is_trigger, priority_of, rank, specialist_of
from domain.ports import Actors, Backlog, Cases, Issues, PullRequests

_CLOCKS = timedelta(minutes=5)  # by which the forge's clock and ours may differ
_log = logging.getLogger(__name__)


class Sweep:
    """`house` says who never triggers and who needs no right; `forge` is its name in the ledger."""

    def __init__(
        self,
        backlog: Backlog,
        issues: Issues,
        pulls: PullRequests,
        actors: Actors,
        cases: Cases,
        house: House,
        forge: str,
    ) -> None:
        self._backlog, self._issues, self._pulls, self._cases = backlog, issues, pulls, cases
        self._entitlement = Entitlement(actors, house.allowed)
        self._house, self._forge = house, forge

    async def find(self, repos: tuple[str, ...], labels: tuple[str, ...], limit: int) -> tuple[Found, ...]:
        """At most `limit` issues, by priority, then by age; the forge is asked no more than that needs.

        Without `labels`, every label of a repository that asks for work counts: `claude`, `claude:backend`, ...
        Raises what the forge and the ledger raise.
        """
        found: list[Found] = []
        for repository_id, one in await self._candidates(repos, labels):
            if len(found) >= limit:
                break
            wanted = await self._wanted(repository_id, one, labels)
            found += [wanted] if wanted else []
        return tuple(found)

    async def _candidates(self, repos: tuple[str, ...], labels: tuple[str, ...]) -> list[tuple[int, Waiting]]:
        known: dict[tuple[int, int], Waiting] = {}
        for repo in dict.fromkeys(repos):
            repository = await self._issues.repository(repo)
            for label in dict.fromkeys(labels or await self._triggers(repository.name)):
                for one in await self._backlog.open_issues(repository.name, label):
                    known.setdefault((repository.id, one.issue.number), one)
        waiting = [(repository_id, one) for (repository_id, _), one in known.items() if not one.issue.locked]
        return sorted(waiting, key=_urgency)

    async def _triggers(self, repo: str) -> tuple[str, ...]:
        return tuple(one for one in await self._backlog.labels(repo) if is_trigger(one))

    async def _wanted(self, repository_id: int, one: Waiting, labels: tuple[str, ...]) -> Found | None:
        """Of several labels on it, the first that somebody entitled has set counts."""
        issue = one.issue
        cases = await self._cases.of_issue(self._forge, repository_id, issue.number)
        if cases and not cases[0].ended:
            return None
        asked_for = {label.lower() for label in labels}
        for label in issue.labels:
            if not (label.lower() in asked_for if labels else is_trigger(label)):
                continue
            labelled = await self._backlog.labelled(issue.repo, issue.number, label)
            missed = labelled and (not cases or labelled.at > cases[0].updated + _CLOCKS)
            if labelled and missed and await self._may(issue.repo, labelled):
                return _found(one, label, labelled) if await self._free(issue, labelled) else None
        return None

    async def _free(self, issue: Issue, labelled: Labelled) -> bool:
        """Nobody has worked on it, and it says what it said when somebody entitled asked for the work."""
        if await self._pulls.on_branch(issue.repo, f"claude/issue-{issue.number}"):
            return False
        if await self._backlog.rewritten(issue.repo, issue.number, labelled):
            _log.warning("sweep leaves out repo=%s issue=%s: changed since it was labelled", issue.repo, issue.number)
            return False
        return True

    async def _may(self, repo: str, labelled: Labelled) -> bool:
        if self._house.may_not_label(labelled.by):
            return False
        return await self._entitlement.missing(repo, labelled.by) is None


def _urgency(pair: tuple[int, Waiting]) -> tuple[int, datetime, int]:
    one = pair[1]
    return rank(priority_of(one.issue.labels)), one.opened, one.issue.number


def _found(one: Waiting, label: str, labelled: Labelled) -> Found:
    issue = one.issue
    request = WorkRequest(
        repo=issue.repo,
        issue=issue.number,
        specialist=specialist_of(label) if is_trigger(label) else None,
        priority=priority_of(issue.labels),
        requested_by=f"@{labelled.by.login}",
    )
    return Found(request=request, frozen=FrozenText(moment=labelled.at, by=labelled.by.login))
