"""Runs one command in a sandbox of its own and reads what each test said."""

import base64
import posixpath
import re
import secrets
import shlex
from collections.abc import Callable, Sequence

from domain.command import CommandResult, Place
from domain.frozen import Frozen
from domain.ports import Sandbox
from domain.report import TestOutcome, TestReport
from proof.detection.command_line import REPORTER_ENDS
from proof.parsers.cargo import printed, read_cargo
from proof.parsers.go import read_go
from proof.parsers.jest import read_jest
from proof.parsers.junit import outcomes_of
from proof.parsers.lines import read_lines
from proof.parsers.surefire import read_surefire
from proof.parsers.tap import read_tap
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import worst_of
from proof.plan import ReportKind, Runner, TestPlan
from proof.report_file import discard_reports, take_reports
from proof.runners.script import Script, script
from proof.runs import says_nothing_ran
from proof.selection import arguments_for, variables_for
from proof.unmet_needs import network_notes, unmet_needs

_READERS: dict[ReportKind, Callable[[tuple[bytes, ...], str], tuple[TestOutcome, ...]]] = {
    "junit": lambda files, _: worst_of(test for data in files for test in outcomes_of(data)),
    "surefire": lambda files, _: read_surefire(files),
    "lines": lambda files, _: read_lines(files[0]),
    "go": lambda files, _: read_go(files[0]),
    "jest": lambda files, root: read_jest(files[0], root),
    "cargo": lambda files, _: read_cargo(files[0]),
    "tap": lambda files, _: read_tap(files[0]),
}
_SCRIPTS: dict[Runner, Script] = {
    "unittest": "unittest_report.py",
    "mocha": "mocha_reporter.cjs",
    "jasmine": "jasmine_reporter.cjs",
    "borp": "node_reporter.mjs",
}
_NO_REPORT = "the command writes no report that we know of: `[tests] report` can name one"
_LONGEST = 40_000
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class _Told(Frozen):
    """What the report holds: tests, what the runner printed into it, and what is wrong with it.

    `nameless`: there is no report that could be read.
    """

    tests: tuple[TestOutcome, ...] = ()
    text: str = ""
    wrong: str = ""
    nameless: bool = False


async def run_one(sandbox: Sandbox, place: Place, plan: TestPlan, only: Sequence[str]) -> TestReport:
    """One run of a plan without parts; see `run_tests`."""
    own = f".claude-cluster-report-{secrets.token_hex(12)}"
    name = posixpath.join(plan.folder, plan.report_path or own)
    if plan.report_path:
        discard_reports(place.workspace, name)
    variables = _variables(sandbox, place, plan, name) | variables_for(plan, only)
    command = plan.machine_command + arguments_for(plan, only)
    command = f"cd {shlex.quote(plan.folder)} && {command}" if plan.folder else command
    result = await sandbox.run(place, command, plan.timeout_s, variables)
    if plan.runner in REPORTER_ENDS:
        discard_reports(place.workspace, f"{name}{REPORTER_ENDS[plan.runner]}")
    told = _read(place, name, plan.report, sandbox.path(place, posixpath.join("/workspace", plan.folder)))
    output = _output(result, told)
    unread = _unread(result, plan, told, name)
    notes = [f"{unread}; only the exit code is known"] if told.wrong else []
    if not _passed(result, told):
        notes += unmet_needs("\n".join([output, *(test.message for test in told.tests)]), listed=bool(place.network))
    return TestReport(
        command=plan.command,
        runner=plan.runner,
        exit_code=_exit_code(result, plan, told.tests),
        tests=told.tests,
        output="\n".join(filter(None, [output, *(f"[{note}]" for note in notes)])),
        duration_s=round(result.seconds, 3),
        timed_out=result.timed_out,
        notes=tuple(notes),
        network=network_notes(place, result),
        unread=unread,
    )


def _unread(result: CommandResult, plan: TestPlan, told: _Told, name: str) -> str:
    """Why no single tests are known; nothing where they are, where time ran out, and where there are none to run."""
    if told.tests or result.timed_out or says_nothing_ran(plan.runner, result.exit_code):
        return ""
    if told.nameless:
        return _NO_REPORT
    named = name if plan.report_path else f"the report of {plan.runner}"
    return f"{named}: {told.wrong or 'the report holds no tests'}"


def _variables(sandbox: Sandbox, place: Place, plan: TestPlan, name: str) -> dict[str, str]:
    report = sandbox.path(place, f"/workspace/{name}")
    variables = {"CLAUDE_CLUSTER_REPORT": report}
    if plan.runner in _SCRIPTS:
        variables["CLAUDE_CLUSTER_RUNNER"] = script(_SCRIPTS[plan.runner])
    if plan.runner == "tap":
        variables["TAP"] = "1"  # node-tap before 1.0 knows no other way that newer ones don't refuse
    if plan.runner == "node":
        reporter = base64.b64encode(script("node_reporter.mjs").encode()).decode()
        destination = f'"--test-reporter-destination={report}"'
        variables["NODE_OPTIONS"] = (
            "--test-reporter=spec --test-reporter-destination=stdout "
            f"--test-reporter=data:text/javascript;base64,{reporter} {destination}"
        )
    return variables


def _read(place: Place, name: str, kind: ReportKind, root: str) -> _Told:
    if kind == "none":
        return _Told(nameless=True)
    try:
        files = take_reports(place.workspace, name)
        if not files:
            return _Told(wrong="no test report was written")
        text = _printed(kind, files)
    except Unreadable as error:
        return _Told(wrong=str(error))
    try:
        tests = _READERS[kind](files, root)
    except Unreadable as error:
        return _Told(text=text, wrong=str(error))
    return _Told(tests=tests, text=text or _red(kind, tests))


def _printed(kind: ReportKind, files: tuple[bytes, ...]) -> str:
    """What people would have seen, of runners that print into their report."""
    if kind not in {"cargo", "tap"}:
        return ""
    text = printed(files[0])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}\n[...]\n{text[-_LONGEST // 2 :]}"


def _red(kind: ReportKind, tests: tuple[TestOutcome, ...]) -> str:
    """What failed, where the runner prints nothing of it for people."""
    if kind != "go":
        return ""
    red = (test for test in tests if test.status in {"failed", "error"})
    return "\n".join(f"{test.status} {test.id}\n{test.message}" for test in red)[:_LONGEST]


def _output(result: CommandResult, told: _Told) -> str:
    return "\n".join(filter(None, (_COLOURS.sub("", result.output), _COLOURS.sub("", told.text))))


def _passed(result: CommandResult, told: _Told) -> bool:
    return result.exit_code == 0 and all(test.status in {"passed", "skipped"} for test in told.tests)


def _exit_code(result: CommandResult, plan: TestPlan, tests: tuple[TestOutcome, ...]) -> int | None:
    """Maven is told to go on behind failing tests, and forgets them."""
    if result.timed_out:
        return None
    red = any(test.status in {"failed", "error"} for test in tests)
    return 1 if plan.runner == "maven" and result.exit_code == 0 and red else result.exit_code
