"""Makes the red-to-green receipt: base against head, test by test."""

from domain.receipt import Receipt, Tally
from domain.report import TestReport
from proof.compare import RED, Findings, Runs, compare, ended_so_before, ran_nothing
from proof.receipt_notes import notes_of

__all__ = ["Findings", "Runs", "compare", "make_receipt"]


def make_receipt(command: str, runs: Runs, tampered: tuple[str, ...] = ()) -> Receipt:
    """The receipt of these runs; `tampered` are the findings in the diff's text.

    `green`: nothing is red on the head but what was red on the base, and the exit code agrees or is the base's. It says
    nothing of `tampered`, which the caller must look at too. To tell broken from flaky, run what
    `compare` calls broken once more on the head, and give it as the runs' `reruns`.
    """
    told = runs.as_one_test
    found = compare(told)
    weakened = tuple(f"{test}: the base's own version of this test fails on the new code" for test in found.weakened)
    return Receipt(
        command=command,
        base=_tally(told.base),
        head=_tally(told.head),
        fixed=found.fixed,
        broken=found.broken,
        already_failing=found.already_failing,
        flaky=found.flaky,
        new=found.new,
        tampered=(*tampered, *weakened),
        green=_green(runs, found),
        proven=bool(found.fixed),
        notes=notes_of(runs, found),
    )


def _tally(report: TestReport | None) -> Tally:
    if report is None:
        return Tally()
    return Tally(passed=report.count("passed"), failed=report.count("failed", "error"), skipped=report.count("skipped"))


def _green(runs: Runs, found: Findings) -> bool:
    head = runs.head
    if head.timed_out or found.broken:
        return False
    if not head.per_test:
        lost = runs.base is not None and runs.base.per_test
        return not lost and (head.exit_code == 0 or ran_nothing(head))
    red = {test.id for test in head.tests if test.status in RED}
    excused = {*found.already_failing, *found.flaky}
    return red <= excused and (head.exit_code == 0 or bool(red) or ended_so_before(runs))
