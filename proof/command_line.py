"""Recognises the test runner in a shell line, and makes that line write a report."""

import re
import shlex

from domain.repository import TestRules
from proof.plan import ReportKind, Runner, TestPlan

REPORT = '"$CLAUDE_CLUSTER_REPORT"'
PYTEST_FLAGS = f"--maxfail=0 --continue-on-collection-errors -o junit_family=xunit1 --junitxml={REPORT}"
_FLAGS: dict[Runner, tuple[ReportKind, str]] = {
    "pytest": ("junit", PYTEST_FLAGS),
    "jest": ("jest", f"--json --outputFile={REPORT}"),
    "vitest": ("jest", f"--run --reporter=default --reporter=json --outputFile={REPORT}"),
    "mocha": ("mocha", f"--reporter json --reporter-option output={REPORT}"),
}
# The word before the runner: a launcher of an environment, or an interpreter's -m.
_LAUNCHER = r"(?:(?:uv|poetry|pdm|hatch|pipenv|rye) run |npx (?:--no-install )?|pnpm (?:exec )?|yarn |bunx )?"
_ASSIGNMENTS = r"(?:[A-Za-z_]\w*=[\w./:,-]* )*"
_PYTHON = r"(?:[\w./-]*/)?python[\d.]*(?: -[A-Zbdsu]+| -[WX] ?\S+)*"
_CALLS: tuple[tuple[Runner, str], ...] = (
    ("pytest", rf"(?P<call>(?:{_PYTHON} -m )?(?:pytest|py\.test))"),
    ("unittest", rf"(?P<call>{_PYTHON}) -m unittest"),
    ("go", r"(?P<call>go test)"),
    ("jest", r"(?P<call>(?:\./node_modules/\.bin/)?jest)"),
    ("vitest", r"(?P<call>(?:\./node_modules/\.bin/)?vitest)(?: run| --run)?"),
    ("mocha", r"(?P<call>(?:\./node_modules/\.bin/)?mocha)"),
    ("node", r"(?P<call>node(?: --?[\w-]+(?:[= ]\S+)?)*? --test)"),
)
_SHAPES = tuple(
    (runner, re.compile(rf"(?P<head>{_ASSIGNMENTS}{_LAUNCHER})(?:{call})(?P<rest>| .*)")) for runner, call in _CALLS
)
_SHELL = re.compile(r"[;&|<>`$()\n\\#]")


def plan_of(command: str, rules: TestRules, shown: str = "") -> TestPlan:
    """A plan for a shell line: with single tests if the runner is known and nothing is piped or chained.

    `shown` is the line for people, when it is another one.
    """
    line = command.strip()
    shown = shown or line
    match = None if rules.report else _match(line)
    if match is None:
        return _plan("command", shown, line, "junit" if rules.report else "none", rules)
    runner, found = match
    head, call, rest = found["head"], found["call"], found["rest"]
    if runner == "unittest":
        return _plan(runner, shown, f'{head}{call} -c "$CLAUDE_CLUSTER_RUNNER"{rest}', "lines", rules)
    if runner == "go":
        return _plan(runner, shown, f"{head}{call} -json{rest} >{REPORT}", "go", rules)
    if runner == "node":
        return _plan(runner, shown, line, "lines", rules)
    kind, flags = _FLAGS[runner]
    return _plan(runner, shown, f"{line} {flags}", kind, rules)


def script_plan(script: str, shown: str, rules: TestRules) -> TestPlan:
    """A plan for a package.json script that is started by `shown` (`npm test`): flags go in behind `--`."""
    last = re.split(r"&&|;", script)[-1].strip()
    match = _match(last)
    if match is None:
        return _plan("command", shown, shown, "none", rules)
    runner = match[0]
    if runner == "node":
        return _plan(runner, shown, shown, "lines", rules)
    if runner not in _FLAGS or runner == "pytest":
        return _plan("command", shown, shown, "none", rules)
    kind, flags = _FLAGS[runner]
    return _plan(runner, shown, f"{shown} -- {flags}", kind, rules)


def _match(line: str) -> tuple[Runner, re.Match[str]] | None:
    if _SHELL.search(line) or not _balanced(line):
        return None
    for runner, shape in _SHAPES:
        if found := shape.fullmatch(line):
            return None if " -- " in f"{found['rest']} " else (runner, found)
    return None


def _balanced(line: str) -> bool:
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True


def _plan(runner: Runner, shown: str, machine: str, report: ReportKind, rules: TestRules) -> TestPlan:
    return TestPlan(
        runner=runner,
        command=shown,
        machine_command=machine,
        report=report,
        report_path=rules.report if runner == "command" else None,
        setup=rules.setup,
        timeout_s=rules.timeout_s,
    )
