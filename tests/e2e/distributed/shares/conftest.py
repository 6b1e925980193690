"""An issue that splits: code for the backend, a page of the manual for docs; and what the model was asked, by role."""

import itertools
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from demo.model.mishap import Mishap
from demo.model.request import parse
from demo.model.script import script_from

SHOP = "rehearsal/shop"
_PATIENCE_S = 500.0  # of a machine that does much else
_TITLE = "Show how many items are in stock"
_BODY = """The backend API has no endpoint for the stock level. Add a function `stock_level(stock, number)` in
`shop/levels.py` for the API handler, which returns an error for an unknown number. The user manual gets a
documentation page `docs/stock.md` for the endpoint."""
_CODE = "def stock_level(stock, number):\n    return stock.get(number)\n"
_TEST = """from shop.levels import stock_level


def test_the_level_of_a_product():
    assert stock_level({1: 5}, 1) == 5
"""
PAGE = "# Stock\n\n`stock_level(stock, number)` tells how many items are left.\n"
OWN_PAGE = "# Stock levels\n\nWritten by the author of the whole.\n"
_PLAN = {
    "shares": [{"specialist": "docs", "paths": ["docs/"], "what": "Write docs/stock.md on stock_level."}],
    "reason": "code and manual lie apart",
}


def _file(path: str, text: str) -> dict[str, Any]:
    use = {"tool": "str_replace_based_edit_tool", "command": "create", "path": f"/workspace/{path}", "file_text": text}
    return {"use": [use]}


def _submit(title: str) -> dict[str, Any]:
    words = {"summary": "Returns the level.", "evidence": "The tests pass."}
    return {"use": [{"tool": "submit", "kind": "change", "title": title, **words}]}


def _script(mark: str, *, all_of_it: bool, strays: bool) -> dict[str, Any]:
    check = {"use": [{"tool": "bash", "command": "python3 -m pytest -q 2>&1 | tail -3"}]}
    page = [_file("docs/stock.md", OWN_PAGE)] if all_of_it else []
    author = [_file("shop/levels.py", _CODE), _file("tests/test_levels.py", _TEST), check, *page]
    author += [check, *[_submit("Add the stock level")] * 2]
    author += [_file("docs/stock.md", OWN_PAGE), *[_submit("Add the stock level and its page")] * 2]
    astray = [_file("README.md", "Overwritten.\n")] if strays else []
    part = [_file("docs/stock.md", PAGE), *astray, *[_submit("Write the page")] * 2]
    return {
        "match": [mark],
        "author": author,
        "planner": _PLAN,
        "part": [{"when": ["docs/stock.md on stock_level"], "turn": part}],
        "reviewer": [{"verdict": "approve", "summary": "Read.", "findings": []}],
    }


@dataclass(frozen=True)
class Splits:
    """An issue of its own for each test, told from the others by its `mark`, and the cluster that works on it."""

    cluster: Any
    issue: int
    mark: str

    def begin(self) -> str:
        """Ask for the work; gives the task's id."""
        answer = self.cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": self.issue})
        return str(answer.raise_for_status().json()["task_id"])

    def slow(self, role: Any, seconds: float) -> None:
        """Let the model take its time with each answer to a role."""
        delay = Mishap(kind="delay", role=role, delay_ms=int(seconds * 1_000), times=None)
        self.cluster.stage.rehearsal.model.mishap(delay)

    def end(self, task_id: str) -> dict[str, Any]:
        """The task when nothing more happens to it."""
        task = self.cluster.until(task_id, "completed", "stuck", "failed", "refused", "cancelled", seconds=_PATIENCE_S)
        assert task["issue"] == self.issue
        return dict(task)

    def share(self, task_id: str) -> dict[str, Any]:
        """The part as the task shows it; empty until it is offered."""
        found: list[dict[str, Any]] = self.cluster.task(task_id).get("shares", [])
        return found[0] if found else {}

    def runs(self, task_id: str) -> list[dict[str, Any]]:
        """All runs of the task's parts, as Prefect has them."""
        named = {"flows": {"name": {"any_": ["specialist-share"]}}}
        return [one for one in self.cluster.prefect("/flow_runs/filter", named) if task_id in one["tags"]]

    def pause(self, pool: str, *, paused: bool) -> None:
        """Let nobody take runs of a pool, or let them again."""
        url = f"http://127.0.0.1:{self.cluster.ports['prefect']}/api/work_pools/{pool}"
        httpx.patch(url, json={"is_paused": paused}, timeout=60).raise_for_status()

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the model was asked for this issue, in the order of its answers."""
        return [one for one in self.cluster.stage.rehearsal.model.requests() if self.mark in json.dumps(one)]

    @property
    def roles(self) -> list[str]:
        """As whom it was asked."""
        return [parse(json.dumps(one).encode()).role for one in self.requests]

    def asked(self, words: str) -> bool:
        """Whether it was ever told these words."""
        return any(words in json.dumps(one) for one in self.requests)

    def files(self) -> dict[str, str]:
        """The files of our branch that the issue is about."""
        git = self.cluster.stage.rehearsal.forge.repository(SHOP).git
        ref = f"claude/issue-{self.issue}"
        names = ("shop/levels.py", "tests/test_levels.py", "docs/stock.md", "README.md")
        there = git.run("ls-tree", "-r", "--name-only", ref).splitlines()
        return {name: git.run("cat-file", "blob", f"{ref}:{name}") for name in names if name in there}

    def pulls(self) -> list[str]:
        """The bodies of our pull requests for the issue."""
        forge = self.cluster.stage.rehearsal.forge
        items = forge.store.issues(forge.repository(SHOP)).values()
        return [one.body for one in items if one.pull and one.pull.head.startswith(f"claude/issue-{self.issue}")]


@pytest.fixture(scope="module")
def coordinator(apart: Any, clusters: Any) -> Iterator[Any]:
    """A coordinator that the nodes of a module's tests join and leave; a start may take its time on a busy machine."""
    made = clusters(apart)
    try:
        made.start("--share-seconds", 45, within=_PATIENCE_S)
        yield made
    finally:
        made.end()


@pytest.fixture
def nodes(coordinator: Any) -> Iterator[Callable[..., None]]:
    """Let nodes join for one test: each by its name, with what it serves and how much at once."""
    joined: list[str] = []

    def join(**given: tuple[str, int]) -> None:
        for name, (specialties, most) in given.items():
            node = coordinator.join(name, specialties, "--max-tasks", most, "--drain-seconds", 1, ready=False)
            node.says("ready:", _PATIENCE_S)
            joined.append(name)

    try:
        yield join
    finally:
        coordinator.stage.rehearsal.model.mend()
        for name in joined:
            running = coordinator.nodes.pop(name)
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(60)
            running.end()


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """One for each issue."""
    return itertools.count(1)


@pytest.fixture
def splits(coordinator: Any, numbers: Iterator[int]) -> Callable[..., Splits]:
    """An issue that splits.

    Its author does what is given back when it has handed in the rest, or (`all_of_it`) before; who does the part
    may also write outside of it (`strays`).
    """

    def build(*, strays: bool = False, all_of_it: bool = False) -> Splits:
        mark = f"Reference: stock-{next(numbers)}."
        script = script_from(mark, _script(mark, all_of_it=all_of_it, strays=strays))
        coordinator.stage.rehearsal.model.scripts.append(script)
        return Splits(coordinator, coordinator.stage.issue(_TITLE, f"{_BODY}\n\n{mark}"), mark)

    return build
