"""An issue that splits: code for the backend, a page of the manual for docs; and what the model was asked, by role."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from demo.model.request import parse
from demo.model.script import script_from

SHOP = "rehearsal/shop"
_PATIENCE_S = 400.0
TITLE = "Show how many items are in stock"
BODY = """The backend API has no endpoint for the stock level. Add a function `stock_level(stock, number)` in
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


@dataclass(frozen=True)
class Splits:
    """The issue's number, and the cluster that is to work on it."""

    cluster: Any
    issue: int

    def start(self, *options: object, **nodes: tuple[str, int]) -> None:
        """The coordinator, and nodes by their names: what they serve, and how many at once."""
        self.cluster.start(*options, within=_PATIENCE_S)
        for name, (specialties, most) in nodes.items():
            self.join(name, specialties, most)

    def join(self, name: str, specialties: str, most: int) -> None:
        """One more node, when it is ready."""
        self.cluster.join(name, specialties, "--max-tasks", most, ready=False).says("ready:", _PATIENCE_S)

    def begin(self) -> str:
        """Ask for the work; gives the task's id."""
        answer = self.cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": self.issue})
        return str(answer.raise_for_status().json()["task_id"])

    @property
    def roles(self) -> list[str]:
        """What the model was asked as, in the order of its answers."""
        requests = self.cluster.stage.rehearsal.model.requests()
        return [parse(json.dumps(one).encode()).role for one in requests]

    def asked(self, words: str) -> bool:
        """Whether the model was ever told these words."""
        return any(words in json.dumps(one) for one in self.cluster.stage.rehearsal.model.requests())

    def files(self, branch: str = "") -> dict[str, str]:
        """The files of our branch that are new, or that the issue is about."""
        git = self.cluster.stage.rehearsal.forge.repository(SHOP).git
        names = ("shop/levels.py", "tests/test_levels.py", "docs/stock.md", "README.md")
        ref = branch or f"claude/issue-{self.issue}"
        there = git.run("ls-tree", "-r", "--name-only", ref).splitlines()
        return {name: git.run("cat-file", "blob", f"{ref}:{name}") for name in names if name in there}

    def body(self, task: dict[str, Any]) -> str:
        """What the pull request says."""
        forge = self.cluster.stage.rehearsal.forge
        issues = forge.store.issues(forge.repository(SHOP))
        return str(issues[task["pull_request"]["number"]].body)


@pytest.fixture
def splits(building: Callable[..., Any]) -> Callable[..., Splits]:
    """A cluster that is not started yet, and the issue, in whose script the author does what is given back to it."""

    def build(*, strays: bool = False) -> Splits:
        cluster = building()
        own = [_file("shop/levels.py", _CODE), _file("tests/test_levels.py", _TEST)]
        check = {"use": [{"tool": "bash", "command": "python3 -m pytest -q 2>&1 | tail -3"}]}
        author = [*own, check, check, *[_submit("Add the stock level")] * 2]
        author += [_file("docs/stock.md", OWN_PAGE), *[_submit("Add the stock level and its page")] * 2]
        astray = [_file("README.md", "Overwritten.\n")] if strays else []
        part = [_file("docs/stock.md", PAGE), *astray, *[_submit("Write the page")] * 2]
        script = {
            "match": [TITLE],
            "author": author,
            "planner": _PLAN,
            "part": [{"when": ["docs/stock.md on stock_level"], "turn": part}],
            "reviewer": [{"verdict": "approve", "summary": "Read.", "findings": []}],
        }
        cluster.stage.rehearsal.model.scripts.append(script_from("stock", script))
        return Splits(cluster, cluster.stage.issue(TITLE, BODY))

    return build
