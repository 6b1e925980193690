"""The result as people and as programs read it."""

import json
from typing import Any

import pytest

from cli.result import print_result
from domain.outcome import Outcome, PullRequestLink, Result, ReviewSummary
from domain.receipt import Receipt, Tally

_URL = "https://forge.example/acme/shop/pull/8"
_PULL = PullRequestLink(number=8, url=_URL, draft=False, branch="claude/issue-7", head_sha="b" * 40)
_RECEIPT = Receipt(
    command="pytest",
    base=Tally(passed=1, failed=1),
    head=Tally(passed=2),
    fixed=("tests/test_a.py::test_[red]",),
    green=True,
    proven=True,
    notes=("a note",),
)


def _result(**more: Any) -> Result:
    fields = {"task_id": "task-20261122-001", "flow_run_id": "run", "repo": "acme/shop", "issue": 7, "attempt": 1}
    return Result(**{**fields, "outcome": Outcome.OPENED, "reason": None, **more})


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is the address alone; the receipt, the review and the cost are told beside it."""
    review = ReviewSummary(agent="docs", verdict="approve")
    print_result(_result(pull_request=_PULL, receipt=_RECEIPT, review=review), as_json=False)
    said = capsys.readouterr()
    assert said.out == f"{_URL}\n"
    told = (
        "opened",
        "receipt: pytest",
        "tests/test_a.py::test_[red]",
        "reviewed by docs: approve",
        "$0.0000 in 0 calls",
    )
    assert [words for words in told if words not in said.err] == []


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """One object; what only we need of a receipt is not in it, nor what belongs to dry runs."""
    print_result(_result(pull_request=_PULL, receipt=_RECEIPT), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert {"dry_run", "diff"} & set(told) == set()
    assert {"green", "proven", "notes"} & set(told["receipt"]) == set()
    assert told["receipt"]["fixed"] == ["tests/test_a.py::test_[red]"]


def test_a_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The diff: on stdout for people, a field for programs."""
    print_result(_result(dry_run=True, diff="+[bold]x"), as_json=False)
    assert capsys.readouterr().out == "+[bold]x\n"
    print_result(_result(dry_run=True, diff="+[bold]x"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["dry_run"], told["diff"]) == (True, "+[bold]x")


def test_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr, nothing on stdout."""
    print_result(_result(outcome=Outcome.FAILED, reason="it [red]broke"), as_json=False)
    assert capsys.readouterr() == ("", "Error: it [red]broke\n")
