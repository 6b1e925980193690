"""What a receipt says that it can't show."""

import pytest

from domain.receipt import Receipt, Tally
from domain.report import TestOutcome, TestReport, TestStatus
from proof.neutral import Links
from proof.receipt import make_receipt
from proof.receipt_notes import EXIT_CODES_ONLY, left_out_note
from proof.receipt_text import receipt_text
from proof.runs import Runs
from proof.unmet_needs import unmet_needs
from proof.wording import Words

_LINKS = Links(forge="github.com", repo="a/b")


def _report(*tests: TestOutcome, notes: tuple[str, ...] = ()) -> TestReport:
    red = any(test.status == "failed" for test in tests)
    return TestReport(command="pytest", runner="pytest", exit_code=int(red), tests=tests, notes=notes)


def _test(name: str, status: TestStatus, message: str = "") -> TestOutcome:
    return TestOutcome(id=name, status=status, message=message)


_PASSED, _FAILED = _test("a", "passed"), _test("a", "failed")


def test_what_the_tests_lacked_is_told() -> None:
    """A run that failed for want of something says so in the receipt, which repeats no note on the report itself."""
    lacked = unmet_needs("Network is unreachable\nsh: 1: pnpm: not found\n")
    assert len(lacked) == 2
    head = _report(_FAILED, notes=("no test report was written", *lacked))
    assert make_receipt("pytest", Runs(base=_report(_FAILED), head=head)).notes == lacked


def test_many_skipped_tests_are_told() -> None:
    """Tests that neither side runs show nothing; why they are skipped tells what is missing here."""
    skipped = _test("c", "skipped", "no\nspeedups")
    both = _report(_PASSED, skipped)
    told = "tests are skipped on the base too, so they show nothing (1 of 2: no speedups)"
    assert make_receipt("pytest", Runs(base=both, head=both)).notes == (told,)
    few = _report(skipped, *(_test(f"n{number}", "passed") for number in range(20)))
    assert make_receipt("pytest", Runs(base=few, head=few)).notes == ()


@pytest.mark.parametrize(("again", "fixed", "flaky"), [(_FAILED, ("a",), ()), (_PASSED, (), ("a",))])
def test_the_base_again(again: TestOutcome, fixed: tuple[str, ...], flaky: tuple[str, ...]) -> None:
    """What passes on the base when it runs again was not fixed, and is no proof."""
    runs = Runs(base=_report(_FAILED), head=_report(_PASSED), base_reruns=(_report(_FAILED), _report(again)))
    receipt = make_receipt("pytest", runs)
    assert (receipt.green, receipt.proven, receipt.fixed, receipt.flaky) == (True, bool(fixed), fixed, flaky)
    assert receipt.notes == (("only some runs of these tests fail (a: 2 of 3)",) if flaky else ())


def test_what_was_not_run_is_told() -> None:
    """What a command does besides testing is named, five at most."""
    told = "what the command does besides testing was not run ({})"
    assert left_out_note(("eslint .", "aud")) == (told.format("eslint .; aud"),)
    assert left_out_note(tuple("abcdefg")) == (told.format("a; b; c; d; e and 2 more"),)
    assert left_out_note(()) == ()


def test_a_whole_run_is_no_single_test() -> None:
    """Where only the exit code is known, that stands beside what looks like a test, and not far below."""
    receipt = Receipt(
        command="make", base=Tally(failed=1), head=Tally(passed=1), fixed=("make",), notes=(EXIT_CODES_ONLY, "b")
    )
    blocks = list(receipt_text(receipt, "0" * 40, _LINKS, Words("en")))
    caveat = "(only the exit code is known, so this is the whole run: single tests can't be compared)"
    assert blocks[2:] == [
        f"**Failed before, pass now: 1** {caveat}\n\n- `make`",
        "Run on the base and on this branch, by the orchestrator: `make`",
        "What this does not show:\n\n- b",
    ]
    red = receipt.model_copy(update={"fixed": (), "notes": (EXIT_CODES_ONLY,)})
    assert (
        list(receipt_text(red, "0" * 40, _LINKS, Words("en")))[-1] == f"What this does not show:\n\n- {EXIT_CODES_ONLY}"
    )
