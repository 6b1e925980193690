"""Runs the repository's tests in a sandbox of their own and reads what each test said."""

import base64
import re
import secrets
from collections.abc import Callable, Sequence

from domain.command import CommandResult, Place
from domain.ports import Sandbox
from domain.report import TestOutcome, TestReport
from proof.parsers.go import read_go
from proof.parsers.jest import read_jest
from proof.parsers.junit import read_junit
from proof.parsers.lines import read_lines
from proof.parsers.mocha import read_mocha
from proof.parsers.unreadable import Unreadable
from proof.plan import ReportKind, TestPlan
from proof.report_file import take_report
from proof.runners.script import script
from proof.selection import arguments_for, variables_for

_READERS: dict[ReportKind, Callable[[bytes, str], tuple[TestOutcome, ...]]] = {
    "junit": lambda data, _: read_junit(data),
    "lines": lambda data, _: read_lines(data),
    "go": lambda data, _: read_go(data),
    "jest": read_jest,
    "mocha": read_mocha,
}
_LONGEST = 40_000
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


async def run_tests(sandbox: Sandbox, place: Place, plan: TestPlan, only: Sequence[str] = ()) -> TestReport:
    """One run at /workspace with the environment at /env.

    `only` holds ids of an earlier report; runners that can't choose run all. The report is a file with an
    unguessable name in the checkout, removed afterwards; what can't be read of it is said in `output`, and
    the exit code alone counts. A time-out keeps what was reported until then. Nothing is raised for tests
    that fail; the sandbox's own errors pass through.
    """
    name = plan.report_path or f".claude-cluster-report-{secrets.token_hex(12)}"
    if plan.report_path:
        _discard(place, name)
    variables = _variables(sandbox, place, plan, name) | variables_for(plan, only)
    command = plan.machine_command + arguments_for(plan, only)
    result = await sandbox.run(place, command, plan.timeout_s, variables)
    tests, note = _read(place, name, plan.report, sandbox.path(place, "/workspace"))
    return TestReport(
        command=plan.command,
        runner=plan.runner,
        exit_code=None if result.timed_out else result.exit_code,
        tests=tests,
        output=_output(result, plan.report, tests, note),
        duration_s=round(result.seconds, 3),
        timed_out=result.timed_out,
    )


def _variables(sandbox: Sandbox, place: Place, plan: TestPlan, name: str) -> dict[str, str]:
    report = sandbox.path(place, f"/workspace/{name}")
    variables = {"CLAUDE_CLUSTER_REPORT": report}
    if plan.runner == "unittest":
        variables["CLAUDE_CLUSTER_RUNNER"] = script("unittest_report.py")
    if plan.runner == "go" and place.environment and (place.environment / "gomodcache").is_dir():
        variables |= {"GOMODCACHE": sandbox.path(place, "/env/gomodcache"), "GOPROXY": "off"}
    if plan.runner == "node":
        reporter = base64.b64encode(script("node_reporter.mjs").encode()).decode()
        destination = f'"--test-reporter-destination={report}"'
        variables["NODE_OPTIONS"] = (
            "--test-reporter=spec --test-reporter-destination=stdout "
            f"--test-reporter=data:text/javascript;base64,{reporter} {destination}"
        )
    return variables


def _discard(place: Place, name: str) -> None:
    try:
        take_report(place.workspace, name)
    except Unreadable:
        return


def _read(place: Place, name: str, kind: ReportKind, root: str) -> tuple[tuple[TestOutcome, ...], str]:
    if kind == "none":
        return (), ""
    try:
        data = take_report(place.workspace, name)
        if data is None:
            return (), "no test report was written; only the exit code is known"
        return _READERS[kind](data, root), ""
    except Unreadable as error:
        return (), f"{error}; only the exit code is known"


def _output(result: CommandResult, kind: ReportKind, tests: tuple[TestOutcome, ...], note: str) -> str:
    """What was printed, without colours; go and mocha print into the report, so what failed is said again here."""
    said = [_COLOURS.sub("", result.output)]
    if kind in {"go", "mocha"}:
        red = (test for test in tests if test.status in {"failed", "error"})
        said.append("\n".join(f"{test.status} {test.id}\n{test.message}" for test in red)[:_LONGEST])
    return "\n".join(filter(None, [*said, f"[{note}]" if note else ""]))
