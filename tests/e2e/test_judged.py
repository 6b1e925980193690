"""What the proof makes of an agent that hands in less than it should, through the whole program."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from demo.model.script import script_from

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_REPO = "rehearsal/sums"
_FIX = "sed -i 's/a - b/a + b/' sums.py"
_ADDS = "printf '\\n\\ndef test_adds():\\n    assert add(1, 2) == 3\\n' >> test_sums.py"
_FILES = {
    "sums.py": "def add(a, b):\n    return a - b\n",
    "test_sums.py": "from sums import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n",
    ".gitignore": "generated.py\n",
}
Hand = Callable[..., Any]


@pytest.fixture(scope="module")
def hand_in(shared: Any, tmp_path_factory: pytest.TempPathFactory) -> Hand:
    """Opens an issue, lets the agent run a command and hand in as often as it is asked; gives what came of it."""
    folder = tmp_path_factory.mktemp("sums")
    for name, text in _FILES.items():
        Path(folder, name).write_text(text)
    shared.rehearsal.forge.create_repository(_REPO, folder)
    shared.rehearsal.forge.set_permission(_REPO, shared.rehearsal.login, "write")

    def run(title: str, command: str, **submission: object) -> Mapping[str, Any]:
        words = {"kind": "change", "title": "Add", "summary": "Added.", "evidence": "I ran it.", **submission}
        hands_in = {"use": [{"tool": "submit", **words}]}
        turns = [{"use": [{"tool": "bash", "command": command}]}, *[hands_in] * 6]
        review = {"verdict": "approve", "summary": "Read.", "findings": []}
        shared.rehearsal.model.scripts.append(
            script_from(title, {"match": [title], "author": turns, "reviewer": [review]})
        )
        issue = shared.issue(title, "It is a bug: add(1, 2) is -1.", _REPO)
        done = shared.start("claude-cluster", "workflow", "--issue", issue, "--repo", _REPO, "--json").wait(500)
        told = dict(done.object())
        pulls = {pull.pull.head: pull for pull in shared.rehearsal.forge.pulls(_REPO) if pull.pull}
        asked = [str(one) for one in shared.rehearsal.model.requests() if title in str(one)]
        pull = pulls.get(f"claude/issue-{issue}")
        return told | {"code": done.code, "body": pull.body if pull else "", "asked": asked}

    return run


def test_a_fix_without_a_test(hand_in: Hand) -> None:
    """It is asked for a test once; without one it becomes a draft that says that the fix is not proven."""
    told = hand_in("The sum has no test", _FIX)
    assert (told["outcome"], told["pull_request"]["draft"], told["receipt"]["fixed"]) == ("opened", True, [])
    assert "This does not prove the fix" in told["body"]
    asked = [one for one in told["asked"] if "Code changed, and no test was added or changed." in one]
    assert asked
    assert "and no test was added or changed" not in told["asked"][0]


def test_a_weakened_test(hand_in: Hand) -> None:
    """What the tests lost stands first in a draft, with its file and line, though the fix is proven."""
    weaken = "sed -i 's/    assert add(0, 0) == 0/    add(0, 0)/' test_sums.py"
    told = hand_in("The sum loses an assertion", f"{_FIX}; {weaken}; {_ADDS}")
    assert (told["outcome"], told["pull_request"]["draft"]) == ("opened", True)
    assert told["receipt"]["fixed"] == ["test_sums.py::test_adds"]
    (finding,) = told["receipt"]["tampered"]
    assert finding.startswith("test_sums.py:")
    assert "an assertion was removed" in finding
    assert 0 <= told["body"].find("an assertion was removed") < told["body"].find("Failed before, pass now")


def test_what_git_ignores_does_not_count(hand_in: Hand) -> None:
    """The change is judged in a clean checkout: a file that only the agent has makes nothing green."""
    hide = "printf 'def add(a, b):\\n    return a + b\\n' > generated.py; echo 'from generated import add' > sums.py"
    told = hand_in("The sum is made elsewhere", f"{hide}; {_ADDS}; python -m pytest -q | tail -n 1")
    assert any("2 passed" in one for one in told["asked"])
    assert (told["outcome"], told["pull_request"]["draft"]) == ("opened", True)
    assert (told["receipt"]["fixed"], told["receipt"]["broken"]) == ([], ["test_sums.py::test_zero"])


def test_nothing_to_change(shared: Any, hand_in: Hand) -> None:
    """The evidence is one comment, the exit code 0, and there is no branch; who runs it again pays nothing.

    An answer makes it worth another look: what it says is given to the agent, and the comment is edited.
    """
    words = {"summary": "It adds already.", "evidence": "`add(1, 2)` gave 3."}
    told = hand_in("The sum is right", "python -c 'import sums'", kind="no_change_needed", **words)
    assert (told["code"], told["outcome"], told["pull_request"], told["body"]) == (0, "no_change_needed", None, "")
    before = shared.traces(_REPO)
    assert f"claude/issue-{told['issue']}" not in before.branches
    (comment,) = _comments(shared, told["issue"])
    assert ("No change is needed" in comment, "`add(1, 2)` gave 3." in comment) == (True, True)
    run = shared.prefect.run(told["flow_run_id"])
    assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "no_change_needed")
    paid = shared.paid()
    again = shared.workflow(told["issue"], repo=_REPO)
    assert (again.code, again.object()["task_id"], shared.paid()) == (0, told["task_id"], paid)
    shared.rehearsal.forge.comment(_REPO, told["issue"], shared.rehearsal.maintainer, "It is wrong for -1 and 1.")
    answered = shared.workflow(told["issue"], repo=_REPO)
    assert (answered.code, answered.object()["task_id"] != told["task_id"]) == (0, True)
    asked = [str(one) for one in shared.rehearsal.model.requests()[paid:]]
    assert any("It is wrong for -1 and 1." in one for one in asked)
    assert len(_comments(shared, told["issue"])) == 1


def _comments(shared: Any, issue: int) -> list[str]:
    comments = shared.rehearsal.forge.issue(_REPO, issue).comments
    return [one.body for one in comments if one.author == shared.rehearsal.login]
