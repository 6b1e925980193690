"""Receipts of all the ways that base and head can differ."""

from dataclasses import dataclass, field

import pytest

from domain.receipt import Receipt, Tally
from domain.report import TestOutcome, TestReport, TestStatus
from proof.receipt import make_receipt
from proof.runs import Runs
from proof.tampering.tamper_finding import TamperFinding

_WORDS: dict[str, TestStatus] = {"P": "passed", "F": "failed", "E": "error", "S": "skipped"}


def _run(tests: str, exit_code: int | None = None, **more: bool) -> TestReport:
    """A report from words like `a:P b:F` (passed, failed, error, skipped)."""
    pairs = [word.rsplit(":", 1) for word in tests.split()]
    outcomes = tuple(TestOutcome(id=name, status=_WORDS[mark]) for name, mark in pairs)
    red = any(test.status in {"failed", "error"} for test in outcomes)
    return TestReport(
        command="python -m pytest",
        runner="pytest",
        exit_code=int(red) if exit_code is None and not more else exit_code,
        tests=outcomes,
        **more,
    )


@dataclass(frozen=True)
class Case:
    """Runs, and what the receipt must say."""

    title: str
    runs: Runs
    green: bool = True
    proven: bool = False
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


CASES = (
    Case("nothing changed", Runs(base=_run("a:P"), head=_run("a:P"))),
    Case(
        "red to green",
        Runs(base=_run("a:F b:P"), head=_run("a:P b:P")),
        proven=True,
        found={"fixed": ("a",)},
    ),
    Case(
        "a new test that is red on the base",
        Runs(base=_run("a:P"), head=_run("a:P n:P"), new_tests_on_base=_run("a:P n:F"), base_tests_on_head=_run("a:P")),
        proven=True,
        found={"fixed": ("n",), "new": ("n",)},
    ),
    Case(
        "a new test that is green on the base",
        Runs(base=_run("a:P"), head=_run("a:P n:P"), new_tests_on_base=_run("a:P n:P"), base_tests_on_head=_run("a:P")),
        found={"new": ("n",)},
    ),
    Case(
        "a new test that can't be collected on the base",
        Runs(base=_run("a:P"), head=_run("a:P t.py::n:P"), new_tests_on_base=_run("a:P t.py:E")),
        found={"new": ("t.py::n",)},
        notes=("new tests could not be collected or set up on the base: they are new, not proof (t.py)",),
    ),
    Case(
        "a set-up that failed on the base",
        Runs(base=_run("a:E"), head=_run("a:P")),
        found={"new": ("a",)},
    ),
    Case("broken", Runs(base=_run("a:P b:P"), head=_run("a:P b:F")), green=False, found={"broken": ("b",)}),
    Case("broken in set-up", Runs(base=_run("a:P"), head=_run("a:E")), green=False, found={"broken": ("a",)}),
    Case("vanished", Runs(base=_run("a:P b:P"), head=_run("a:P")), green=False, found={"broken": ("b",)}),
    Case(
        "deleted though it would fail",
        Runs(base=_run("a:P b:P"), head=_run("a:P"), base_tests_on_head=_run("a:P b:F"), new_tests_on_base=_run("a:P")),
        green=False,
        found={"broken": ("b",)},
    ),
    Case(
        "moved",
        Runs(
            base=_run("x::a:P"),
            head=_run("y::a:P"),
            base_tests_on_head=_run("x::a:P"),
            new_tests_on_base=_run("y::a:P"),
        ),
        found={"new": ("y::a",)},
    ),
    Case(
        "deleted though it would pass",
        Runs(
            base=_run("x::a:P b:P"),
            head=_run("b:P"),
            base_tests_on_head=_run("x::a:P b:P"),
            new_tests_on_base=_run("b:P"),
        ),
        found={"tampered": ("x::a: runs no more, though it would pass and nothing was put in its place",)},
        notes=("tests of the base are not on the head any more, though they would pass (x::a)",),
    ),
    Case(
        "weakened",
        Runs(base=_run("a:P"), head=_run("a:P"), base_tests_on_head=_run("a:F"), new_tests_on_base=_run("a:P")),
        found={"tampered": ("a: the base's own version of this test fails on the new code",)},
    ),
    Case(
        "skipped because it fails",
        Runs(
            base=_run("a:P b:P"),
            head=_run("a:S b:P"),
            base_tests_on_head=_run("a:F b:P"),
            new_tests_on_base=_run("a:S b:P"),
        ),
        found={"tampered": ("a: the base's own version of this test fails on the new code",)},
    ),
    Case(
        "a red test bent until it passes is not fixed",
        Runs(base=_run("a:F"), head=_run("a:P"), base_tests_on_head=_run("a:F"), new_tests_on_base=_run("a:P")),
        found={"tampered": ("a: the base's own version of this test fails on the new code",)},
    ),
    Case(
        "an expectation changed",
        Runs(base=_run("a:P"), head=_run("a:P"), base_tests_on_head=_run("a:F"), new_tests_on_base=_run("a:F")),
        proven=True,
        found={"fixed": ("a",)},
        notes=("tests ask for something else than before: the base's version fails on the new code (a)",),
    ),
    Case(
        "already failing",
        Runs(base=_run("a:F b:E c:P"), head=_run("a:F b:F c:P")),
        found={"already_failing": ("a", "b")},
    ),
    Case(
        "flaky",
        Runs(base=_run("a:P b:P"), head=_run("a:F b:P"), reruns=(_run("a:F"), _run("a:P"))),
        found={"flaky": ("a",)},
        notes=("only some runs of these tests fail (a: 2 of 3)",),
    ),
    Case(
        "skipped by the new code",
        Runs(base=_run("a:P b:P"), head=_run("a:S b:P")),
        found={"tampered": ("a: passed on the base and is skipped on the new code",)},
    ),
    Case(
        "no result on the new code",
        Runs(base=_run("t.py::a:P b:P"), head=_run("t.py::a:P b:P"), base_tests_on_head=_run("b:P")),
        found={"tampered": ("t.py::a: the base's test gave no result on the new code",)},
    ),
    Case(
        "a file of the base's tests that can't be collected on the new code",
        Runs(base=_run("t.py::a:P b:P"), head=_run("t.py::a:P b:P"), base_tests_on_head=_run("t.py:E b:P")),
        notes=("tests of the base can't be collected or set up on the new code (t.py)",),
    ),
    Case(
        "no results at all for the base's tests",
        Runs(base=_run("a:P"), head=_run("a:P"), base_tests_on_head=_run("", 3)),
        notes=("the base's tests gave no results on the new code, so they prove nothing (exit code 3)",),
    ),
    Case(
        "broken twice",
        Runs(base=_run("a:P"), head=_run("a:F"), reruns=(_run("a:F"), _run("a:F"))),
        green=False,
        found={"broken": ("a",)},
    ),
    Case(
        "a new test that fails",
        Runs(base=_run("a:P"), head=_run("a:P n:F")),
        green=False,
        found={"new": ("n",)},
        notes=("new tests fail (n)",),
    ),
    Case(
        "no tests on the base",
        Runs(base=None, head=_run("n:P")),
        found={"new": ("n",)},
        notes=("the base has no tests",),
    ),
    Case(
        "nothing to run",
        Runs(base=_run("", 5), head=_run("", 5)),
        notes=("there are no tests to run on the head",),
    ),
    Case(
        "exit codes",
        Runs(base=_run("", 1), head=_run("", 0)),
        proven=True,
        found={"fixed": ("python -m pytest",)},
        notes=("only exit codes are known: single tests can't be compared",),
    ),
    Case(
        "a red exit code",
        Runs(base=_run("", 0), head=_run("", 1)),
        green=False,
        found={"broken": ("python -m pytest",)},
        notes=("only exit codes are known: single tests can't be compared",),
    ),
    Case(
        "exit codes that are red on both sides",
        Runs(base=_run("", 1), head=_run("", 1)),
        green=False,
        found={"already_failing": ("python -m pytest",)},
        notes=("only exit codes are known: single tests can't be compared",),
    ),
    Case(
        "exit codes with new tests that are red on the base",
        Runs(base=_run("", 0), head=_run("", 0), base_tests_on_head=_run("", 0), new_tests_on_base=_run("", 1)),
        proven=True,
        found={"fixed": ("python -m pytest",)},
        notes=("only exit codes are known: single tests can't be compared",),
    ),
    Case(
        "a report lost on the head",
        Runs(base=_run("a:P"), head=_run("", 0)),
        green=False,
        notes=("the head's run reported no single tests, the base's did: it is not green",),
    ),
    Case(
        "an exit code that no test explains",
        Runs(base=_run("a:P"), head=_run("a:P", 2)),
        green=False,
        notes=("the runner ended with exit code 2 on the head though no test failed: it is not green",),
    ),
    Case(
        "an exit code that no test explains on either side",
        Runs(base=_run("a:P", 2), head=_run("a:P n:P", 2)),
        found={"new": ("n",)},
        notes=("the runner ended with exit code 2 on base and head though no test failed",),
    ),
    Case(
        "an exit code that a red test explained on the base",
        Runs(base=_run("a:F"), head=_run("a:P", 1)),
        green=False,
        proven=True,
        found={"fixed": ("a",)},
        notes=("the runner ended with exit code 1 on the head though no test failed: it is not green",),
    ),
    Case(
        "an exit code that hides a failure",
        Runs(base=_run("a:P"), head=_run("a:F", 0)),
        green=False,
        found={"broken": ("a",)},
        notes=("the runner ended with exit code 0 on the head though tests failed",),
    ),
    Case(
        "a time-out on the head",
        Runs(base=_run("a:P"), head=_run("", timed_out=True)),
        green=False,
        notes=("the tests timed out on the head",),
    ),
    Case(
        "a time-out on the base",
        Runs(base=_run("", timed_out=True), head=_run("a:P")),
        notes=("the tests timed out on the base",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_receipt(case: Case) -> None:
    """The receipt says of each test what happened to it, and is green and proven only when it may be."""
    receipt = make_receipt("python -m pytest", case.runs)
    expected = Receipt(
        command="python -m pytest",
        base=receipt.base,
        head=receipt.head,
        green=case.green,
        proven=case.proven,
        notes=case.notes,
        **case.found,
    )
    assert receipt == expected


def test_counts() -> None:
    """Errors count as failed; the text's findings come before those of the runs."""
    runs = Runs(base=_run("a:P b:F c:E d:S"), head=_run("a:P b:P"), base_tests_on_head=_run("a:F b:P"))
    receipt = make_receipt("x", runs, (TamperFinding(kind="skipped", path="t.py", line=3, text="a test is skipped"),))
    assert (receipt.base, receipt.head) == (Tally(passed=1, failed=2, skipped=1), Tally(passed=2))
    assert receipt.tampered == (
        "t.py:3: a test is skipped",
        "a: the base's own version of this test fails on the new code",
    )


def test_long_notes_are_cut() -> None:
    """A note names five tests and counts the rest."""
    head = _run(" ".join(f"n{number}:F" for number in range(8)))
    assert make_receipt("x", Runs(base=_run("a:P"), head=head)).notes == (
        "new tests fail (n0, n1, n2, n3, n4 and 3 more)",
    )
