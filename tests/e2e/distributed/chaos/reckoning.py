"""What must be true when everything is over, whatever went wrong before. Each check gives what it finds wrong."""

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from cluster.coordinator.owner import Owner
from tests.e2e.distributed.chaos.books import Books, read_books
from tests.e2e.distributed.chaos.guests import Guests
from tests.e2e.distributed.chaos.pages import SHOP, Page

_GOOD = {"opened", "updated"}
_STEPS_A_LOSS = 10  # of a node; on the same node it is one
_CAP_MICRO = 3_000_000
_SETTLES_S = 240.0


@dataclass(frozen=True)
class Reckoning:
    """`ended` are the tasks by the issue's number, `pages` what was asked for."""

    cluster: Any
    guests: Guests
    pages: dict[int, Page]
    ended: dict[int, dict[str, Any]]

    def complaints(self) -> list[str]:
        """All of them; what needs a moment to settle gets it."""
        late = [*self._until_none(self._left_running), *self._until_none(self._left_lying)]
        books = read_books(self.cluster, tuple(page.title for page in self.pages.values()))
        return [*self._outcomes(), *self._on_the_forge(), *self._paid(books), *self._budget(books), *late]

    def figures(self) -> dict[str, Any]:
        """What it took."""
        books = read_books(self.cluster, tuple(page.title for page in self.pages.values()))
        needed = sum(page.answers for page in self.pages.values())
        return {
            "outcomes": dict(Counter(one["outcome"] for one in self.ended.values())),
            "answers": {"needed": needed, "paid": len(books.answers)},
            "run starts": sum(books.starts.values()),
            "resumptions": sum(books.recoveries.values()),
            "reservations": {
                "made": sum(one.made for one in books.money.values()),
                "never settled": sum(one.open for one in books.money.values()),
            },
            "nodes": self.guests.made,
        }

    def _outcomes(self) -> list[str]:
        wrong = []
        for number, task in self.ended.items():
            honest = task["status"] == "stuck" and task["reason"]
            if not (honest or (task["status"] == "completed" and task["outcome"] in _GOOD)):
                wrong.append(f"#{number} ended as {task['status']}, {task['outcome']}: {task['reason']}")
        tasks = self.cluster.api("GET", "/api/tasks?limit=1000").json()["tasks"]
        twice = [issue for issue, times in Counter(one["issue"] for one in tasks).items() if times > 1]
        return [*wrong, *(f"#{issue} has several tasks" for issue in twice)]

    def _on_the_forge(self) -> list[str]:
        forge, login = self.cluster.stage.rehearsal.forge, self.cluster.stage.rehearsal.login
        repository = forge.repository(SHOP)
        items = forge.store.issues(repository)
        good = {number for number, task in self.ended.items() if task["outcome"] in _GOOD}
        wrong = []
        for number in self.pages:
            said = sum(comment.author == login for comment in items[number].comments)
            if said != 1:
                wrong.append(f"#{number} has {said} comments of ours")
        heads = Counter(item.pull.head for item in items.values() if item.pull and item.author == login)
        branches = Counter(name for name in repository.git.branches() if name.startswith("claude/"))
        wanted = Counter(f"claude/issue-{number}" for number in good)
        for what, found in (("pull requests", heads), ("branches", branches)):
            if found != wanted:
                wrong.append(f"{what}: too many {dict(found - wanted)}, missing {dict(wanted - found)}")
        for number in sorted(good):
            wrong += self.pages[number].mistakes(repository.git, f"claude/issue-{number}")
        return wrong

    def _paid(self, books: Books) -> list[str]:
        """Each answer once; after a loss the last step again, or ten if it was another node's; never a round."""
        wrong = []
        for number, page in self.pages.items():
            task_id = self.ended[number]["task_id"]
            answers = [one for one in books.answers if one.title == page.title]
            again = sum(times - 1 for times in Counter(answers).values())
            losses = books.starts[task_id] - 1
            if again > _STEPS_A_LOSS * losses:
                wrong.append(f"#{number}: {again} answers were paid again after {losses} losses")
            reviewed = next((at for at, one in enumerate(answers) if one.role == "reviewer"), len(answers))
            late = [one.number for one in answers[reviewed:] if one.role == "author"]
            if late:
                wrong.append(f"#{number}: turns {late} of a finished round were paid again")
            if self.ended[number]["outcome"] in _GOOD and len(set(answers)) != page.answers:
                wrong.append(f"#{number}: {len(set(answers))} different answers, {page.answers} are needed")
        strangers = sum(one.title == "?" for one in books.answers)
        return [*wrong, *([f"{strangers} answers belong to no issue"] if strangers else [])]

    def _budget(self, books: Books) -> list[str]:
        """Each call was reserved before, nothing is booked below what was spent, and the sums agree."""
        wrong = []
        for number, task in self.ended.items():
            money = books.money.get(task["task_id"])
            answers = sum(one.title == self.pages[number].title for one in books.answers)
            if money is None:
                wrong.append(f"#{number}: nothing was reserved for {answers} answers")
                continue
            spent = round(task["spend"]["cost_usd"] * 1e6)
            if not spent - len(books.answers) <= money.booked <= _CAP_MICRO:
                wrong.append(f"#{number}: {money.booked} millionths are booked, {spent} were spent")
            if money.made < answers:
                wrong.append(f"#{number}: {money.made} reservations for {answers} answers")
            if money.open > books.starts[task["task_id"]] + self._restarts():
                wrong.append(f"#{number}: {money.open} reservations are open")
        spent_usd = sum(task["spend"]["cost_usd"] for task in self.ended.values())
        shown = self.cluster.api("GET", "/api/cluster/status").json()["spend"]["cost_usd"]
        return [*wrong, *([f"status shows ${shown}, tasks ${spent_usd}"] if abs(shown - spent_usd) > 1e-3 else [])]

    def _restarts(self) -> int:
        """How often the coordinator came up: each may have forgotten the answer to a call that is sent again."""
        return sum("start-coordinator" in str(one.process.args) for one in self.cluster.stage.started)

    def _until_none(self, look: Callable[[], list[str]]) -> list[str]:
        deadline = time.monotonic() + _SETTLES_S
        while (found := look()) and time.monotonic() < deadline:
            time.sleep(2)
        return found

    def _left_running(self) -> list[str]:
        """Claims, runs, slots and processes of what is over."""
        books = read_books(self.cluster, ())
        shown = self.cluster.api("GET", "/api/cluster/status").json()
        busy = {one["node_id"]: one["running"] for one in shown["nodes"] if one["state"] == "online" and one["running"]}
        return [
            *(f"the claim of {task_id} is held" for task_id in books.claims),
            *(f"a run is not over: {one}" for one in books.unfinished_runs),
            *(f"{name} works on {count} issues" for name, count in busy.items()),
            *([f"the queue has {shown['queue']['length']}"] if shown["queue"]["length"] else []),
            *self._orphans(),
        ]

    def _orphans(self) -> list[str]:
        """Processes with our state folders in their environment, command or folder that nobody living has started."""
        marks = (str(self.cluster.stage.folder), str(Owner(self.cluster.home).folder))
        there = list(psutil.process_iter())  # before their families: PostgreSQL has a new child for each connection
        known = {os.getpid()}
        for running in [self.cluster.coordinator, *(guest.running for guest in self.guests.alive)]:
            known |= {running.process.pid, *(one.pid for one in running.family())}
        left = []
        for one in there:
            with suppress(psutil.Error, OSError):
                if one.pid not in known and one.status() != psutil.STATUS_ZOMBIE and _belongs(one, marks):
                    left.append(f"orphan {one.pid}: {' '.join(one.cmdline())[:120]}")
        runs = [f"{guest.name} still has the run {run.pid}" for guest in self.guests.alive for run in guest.runs()]
        return [*left, *runs]

    def _left_lying(self) -> list[str]:
        """Workspaces, outcomes and checkpoints of tasks that are over, on disks that somebody has."""
        over = {task["task_id"] for task in self.ended.values() if task["status"] == "completed"}
        homes = [self.cluster.home, *(guest.home for guest in self.guests.alive)]
        return [
            f"{path.relative_to(home.parent)} is left"
            for home in homes
            for kind in ("workspaces", "checkpoints", "outbox")
            for path in sorted((home / kind).glob("*"))
            if any(task_id in path.name for task_id in over)
        ]


def _belongs(one: psutil.Process, marks: tuple[str, ...]) -> bool:
    words = [*one.cmdline(), *(f"{value}/" for value in one.environ().values()), f"{one.cwd()}/"]
    return any(mark in word for word in words for mark in marks)
