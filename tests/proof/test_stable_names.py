"""Tests whose names are made anew in every run."""

import pytest

from domain.frozen import Frozen
from domain.report import TestOutcome, TestReport, TestStatus
from proof.receipt import make_receipt
from proof.runs import Runs
from proof.stable_names import settled

_WORDS: dict[str, TestStatus] = {"P": "passed", "F": "failed"}


def _run(*tests: str) -> TestReport:
    """A report from words like `a[1]:P`."""
    pairs = [word.rsplit(":", 1) for word in tests]
    outcomes = tuple(TestOutcome(id=name, status=_WORDS[mark]) for name, mark in pairs)
    red = any(test.status == "failed" for test in outcomes)
    return TestReport(command="pytest", runner="pytest", exit_code=int(red), tests=outcomes)


class Case(Frozen):
    """The names in the base's run and in the head's, and what they are called then."""

    title: str
    base: tuple[str, ...]
    head: tuple[str, ...]
    told: tuple[str, ...]


CASES = (
    Case(title="addresses", base=("a[0x7f01ab:P",), head=("a[0x7fcd22:P",), told=("a[…",)),
    Case(title="times", base=("a[2026-11-22T18:14:31]:P",), head=("a[2026-11-23T08:01:02.123456]:P",), told=("a[…]",)),
    Case(
        title="several",
        base=("a[10001]:P", "a[10002]:P", "b:P"),
        head=("a[20001]:P", "a[20002]:P", "b:P"),
        told=("a[…]", "a[…] #2", "b"),
    ),
    Case(title="uneven", base=("a[10001]:P", "a[10002]:P"), head=("a[20001]:P",), told=("a[…]",)),
    Case(title="a value that stays", base=("a[2026-11-22]:P",), head=("a[2026-11-22]:P",), told=("a[2026-11-22]",)),
    Case(
        title="a value that is added",
        base=("a[2026-11-22]:P",),
        head=("a[2026-11-22]:P", "a[2027-11-22]:P"),
        told=("a[2026-11-22]", "a[2027-11-22]"),
    ),
    Case(title="words", base=("a[red]:P",), head=("a[blue]:P",), told=("a[blue]",)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_names(case: Case) -> None:
    """Only what a machine made up, and only where both runs have names that the other lacks, is given one name."""
    steady = settled(Runs(base=_run(*case.base), head=_run(*case.head)))
    assert tuple(test.id for test in steady.runs.head.tests) == case.told
    assert set(steady.renamed) == {name for name in case.told if "…" in name}


def test_the_worst_counts_where_runs_differ_in_number() -> None:
    """Nothing is fixed that can't be told apart."""
    receipt = make_receipt("x", Runs(base=_run("a[10001]:F", "a[10002]:P"), head=_run("a[20001]:P")))
    assert (receipt.fixed, receipt.broken, receipt.new) == ((), (), ())


def test_what_is_run_again_is_asked_for_by_its_function() -> None:
    """A name that will not come back can't be asked for."""
    steady = settled(Runs(base=_run("a.py::t[10001]:P"), head=_run("a.py::t[20001]:F")))
    assert steady.to_run_again(("a.py::t[…]", "a.py::u[x]")) == ("a.py::t", "a.py::u[x]")


def test_names_that_stand_for_several_tests_are_told() -> None:
    """The reader learns that the worst result stands there, and where the number changed."""
    twice = TestReport(command="x", runner="jest", exit_code=0, tests=(TestOutcome(id="a", status="passed", times=2),))
    assert make_receipt("x", Runs(base=_run("a:P"), head=twice)).notes == (
        "these names stand for several tests; the worst result counts (a)",
        "these names were reported more or less often than on the base, so nothing is concluded from them (a)",
    )
