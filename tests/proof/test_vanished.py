"""Tests that run no more, though the change's text takes none away."""

import pytest

from domain.frozen import Frozen
from domain.report import TestOutcome, TestReport
from proof.compare import Findings
from proof.receipt import make_receipt
from proof.runs import Runs
from proof.tampering.tamper_finding import TamperFinding
from proof.vanished import vanished


class Case(Frozen):
    """What is gone and what is new, the names that the text takes away, and the tests that nothing accounts for."""

    title: str
    gone: tuple[str, ...]
    new: tuple[str, ...] = ()
    retold: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


CASES = (
    Case(title="a file that is not collected", gone=("t.py::test_a",), lost=("t.py::test_a",)),
    Case(title="renamed in the text", gone=("t.py::T::test_a",), new=("t.py::T::test_b",), retold=("test_a",)),
    Case(title="renamed with its rows", gone=("t.py::test_a[1]",), new=("t.py::test_b[1]",), retold=("test_a",)),
    Case(title="another text is renamed", gone=("t.py::test_a",), retold=("test_b",), lost=("t.py::test_a",)),
    Case(title="a row less", gone=("t.py::test_a[2]",), lost=("t.py::test_a[2]",)),
    Case(title="another row", gone=("t.py::test_a[2]",), new=("t.py::test_a[3]",)),
    Case(
        title="two rows for one",
        gone=("t.py::test_a[2]", "t.py::test_a[3]"),
        new=("t.py::test_a[4]",),
        lost=("t.py::test_a[2]", "t.py::test_a[3]"),
    ),
    Case(title="another table grew", gone=("t.py::test_a[2]",), new=("t.py::test_b[2]",), lost=("t.py::test_a[2]",)),
    Case(title="unittest's rows", gone=("t.T.test_a_0_big",), new=("t.T.test_a_0_small",)),
    Case(title="a title in the text", gone=("a.test.js > shop > sells tea",), retold=("sells tea",)),
    Case(title="titles that are made", gone=("a.test.js > shop > 1 + 1",), new=("a.test.js > shop > 1 + 2",)),
    Case(title="a file less", gone=("a.test.js > sells",), new=("b.test.js > buys",), lost=("a.test.js > sells",)),
    Case(title="tape", gone=("sells",), new=("buys",), lost=("sells",)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_lost(case: Case) -> None:
    """Only what is neither in the text nor replaced by as many of its table is lost."""
    assert vanished(Findings(gone=case.gone, new=case.new), case.retold) == case.lost


def _run(said: str) -> TestReport:
    letters = {"P": "passed", "S": "skipped"}
    tests = [TestOutcome.model_validate({"id": one[:-2], "status": letters[one[-1]]}) for one in said.split()]
    return TestReport(command="pytest", runner="pytest", exit_code=0, tests=tuple(tests))


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (None, "t.py::test_a: passed on the base and is skipped on the new code"),
        (("test_b",), "t.py::test_a: passed on the base and is skipped on the new code"),
        (("test_a",), "t.py:3: skipped"),
        ((), "t.py:3: skipped"),
    ],
)
def test_a_skip_that_no_text_shows(about: tuple[str, ...] | None, told: str) -> None:
    """What passed, would pass and is skipped is found by the run, once: not where the text told it, or may have."""
    line = TamperFinding(kind="skipped", path="t.py", line=3, text="skipped", about=about or ())
    runs = Runs(
        base=_run("t.py::test_a:P t.py::test_o:S"),
        head=_run("t.py::test_a:S t.py::test_o:S"),
        base_tests_on_head=_run("t.py::test_a:P t.py::test_o:S"),
    )
    tampered = make_receipt("pytest", runs, () if about is None else (line,)).tampered
    assert tampered[-1] == told
    assert len(tampered) == (2 if about == ("test_b",) else 1)
