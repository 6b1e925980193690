"""Makes the red-to-green receipt: base against head, test by test."""

from collections.abc import Collection, Iterator

from domain.issue import Issue
from domain.receipt import Receipt, Tally
from domain.report import TestReport, TestStatus
from proof.compare import RED, Findings, compare, ended_so_before, last_name
from proof.receipt_notes import notes_of
from proof.runs import Runs, ran_nothing
from proof.stable_names import settled
from proof.tampering.asked_for import is_asked_for
from proof.tampering.tamper_finding import TamperFinding, TamperKind
from proof.vanished import vanished

_SHOWN = 20
__all__ = ["Findings", "compare", "make_receipt"]


def make_receipt(
    command: str,
    runs: Runs,
    findings: tuple[TamperFinding, ...] = (),
    issue: Issue | None = None,
    retold: Collection[str] = (),
) -> Receipt:
    """The receipt of these runs; `findings` are those in the diff's text, which `issue` may ask for.

    `retold` are the tests whose names that text takes away: it is judged there.
    `green`: nothing is red on the head but what was red on the base, and the exit code agrees or is the base's. It says
    nothing of `tampered`, which the caller must look at too. To tell broken from flaky, run what
    `compare` calls broken once more on the head, and give it as the runs' `reruns`.
    """
    steady = settled(runs)
    told = steady.runs.as_one_test
    compared = compare(told)
    found = compared.model_copy(update={"fixed": tuple(test for test in compared.fixed if test not in steady.doubtful)})
    every = (*findings, *_run_findings(told, found, retold), *_skips_of_runs(found, findings))
    asked = tuple(finding for finding in every if issue is not None and is_asked_for(finding, issue))
    return Receipt(
        command=command,
        base=_tally(told.base),
        head=_tally(told.head),
        fixed=found.fixed,
        broken=found.broken,
        already_failing=found.already_failing,
        flaky=found.flaky,
        new=found.new,
        tampered=tuple(str(finding) for finding in every if finding not in asked),
        asked=tuple(map(str, asked)),
        green=_green(steady.runs, found),
        proven=bool(found.fixed),
        notes=notes_of(steady.runs, found, steady.renamed),
    )


def _run_findings(runs: Runs, found: Findings, retold: Collection[str]) -> Iterator[TamperFinding]:
    """What the runs themselves say against the tests."""
    for test in found.weakened:
        kind: TamperKind = "skipped" if _status(runs.head, test) == "skipped" else "weakened"
        yield _finding(kind, test, "the base's own version of this test fails on the new code")
    for test in found.silent:
        yield _finding("skipped", test, "passed on the base and is skipped on the new code")
    for test in found.unreported[:_SHOWN]:
        yield _finding("weakened", test, "the base's test gave no result on the new code")
    for test in vanished(found, retold)[:_SHOWN]:
        yield _finding("deleted", test, "runs no more, though it would pass and nothing was put in its place")


def _skips_of_runs(found: Findings, findings: tuple[TamperFinding, ...]) -> Iterator[TamperFinding]:
    """Tests that would pass and are skipped, where the change's text did not show it already."""
    told = [finding for finding in findings if finding.kind == "skipped"]
    if any(not finding.about for finding in told):
        return
    names = {last_name(test.strip("'\"`")) for finding in told for test in finding.about}
    for test in found.skipped[:_SHOWN]:
        if last_name(test).split("[")[0] not in names:
            yield _finding("skipped", test, "passed on the base and is skipped on the new code")


def _finding(kind: TamperKind, test: str, text: str) -> TamperFinding:
    return TamperFinding(kind=kind, path=test, text=text, about=(test,))


def _status(report: TestReport, test: str) -> TestStatus | None:
    return next((outcome.status for outcome in report.tests if outcome.id == test), None)


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
