"""Runs the repository's tests and reads what each test said."""

import re
from collections.abc import Sequence

from domain.command import Place
from domain.ports import Sandbox
from domain.report import TestOutcome, TestReport
from proof.parsers.worst import worst_of
from proof.plan import TestPlan
from proof.runs import ran_nothing
from proof.single_run import run_one


async def run_tests(sandbox: Sandbox, place: Place, plan: TestPlan, only: Sequence[str] = ()) -> TestReport:
    """One run at /workspace with the environment at /env; of a plan with parts, one each.

    `only` holds ids of an earlier report; runners that can't choose run all. The report is a file with an
    unguessable name in the checkout, removed afterwards; what can't be read of it is said in `output`, and
    the exit code alone counts. A time-out keeps what was reported until then. Nothing is raised for tests
    that fail; the sandbox's own errors pass through.
    """
    if not plan.parts:
        report = await run_one(sandbox, place, plan, _of_part(plan, (), only))
        return report.model_copy(update={"tests": _prefixed(plan, report)})
    reports = [
        (part, await run_one(sandbox, place, part, wanted))
        for part in plan.parts
        if (wanted := _of_part(part, plan.parts, only)) or not only
    ]
    return _together(plan, reports)


def _of_part(part: TestPlan, parts: Sequence[TestPlan], only: Sequence[str]) -> tuple[str, ...]:
    """The ids that may be this part's, as its own runner says them."""
    ours = _prefix(part)
    inner = tuple(prefix for each in parts if (prefix := _prefix(each)) != ours and prefix.startswith(ours))
    return tuple(test.removeprefix(ours) for test in only if test.startswith(ours) and not test.startswith(inner))


def _prefix(part: TestPlan) -> str:
    return f"{part.folder}/" if part.folder else ""


def _together(plan: TestPlan, reports: Sequence[tuple[TestPlan, TestReport]]) -> TestReport:
    """One report; a part that tells no single tests is one test, named like its command."""
    told = [report for _, report in reports]
    codes = [report.exit_code for report in told if not ran_nothing(report)]
    timed_out = any(report.timed_out for report in told)
    return TestReport(
        command=plan.command,
        runner=plan.runner,
        exit_code=None if timed_out else next((code for code in codes if code), 0),
        tests=worst_of(test for part, report in reports for test in _tests(part, report)),
        output="\n".join(f"$ {report.command}\n{report.output}" for report in told),
        duration_s=round(sum(report.duration_s for report in told), 3),
        timed_out=timed_out,
        notes=tuple(dict.fromkeys(note for report in told for note in report.notes)),
        network=tuple(dict.fromkeys(note for report in told for note in report.network)),
        unread="; ".join(dict.fromkeys(report.unread for report in told if report.unread)),
    )


def _prefixed(part: TestPlan, report: TestReport) -> tuple[TestOutcome, ...]:
    """The tests as the root names them."""
    return tuple(test.model_copy(update={"id": _prefix(part) + test.id}) for test in report.tests)


def _tests(part: TestPlan, report: TestReport) -> tuple[TestOutcome, ...]:
    if report.tests or ran_nothing(report):
        return _prefixed(part, report)
    status = "passed" if report.exit_code == 0 else "failed"
    typed = re.sub(r"^\(cd \S+ && (.*)\)$", r"\1", report.command)
    return (TestOutcome(id=_prefix(part) + typed, status=status, message=report.output[-2000:]),)
