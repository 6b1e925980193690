"""Recognises the test runner in a shell line, and makes that line write a report."""

import re
import shlex
from collections.abc import Mapping

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
# What prints its report on stdout takes flags of its own kind: tape has none, for it knows nothing else.
_TAP_FLAGS = {"tape": "", "tap": "--reporter=tap", "ava": "--tap"}
CARGO_FLAGS = "--offline --no-fail-fast --message-format=json-render-diagnostics"
# Without the last flag, modules that depend on one with a failing test would not be tested at all.
MAVEN_FLAGS = "-o -B -fae -Dmaven.test.failure.ignore=true"
MAVEN_REPORTS = "**/target/*-reports/TEST-*.xml"
# Where the flags don't go to the end of the line.
_LINES: dict[Runner, tuple[ReportKind, str]] = {
    "unittest": ("lines", '{head}{call} -c "$CLAUDE_CLUSTER_RUNNER"{rest}'),
    "go": ("go", f"{{head}}{{call}} -json{{rest}} >{REPORT}"),
    "cargo": ("cargo", f"{{head}}{{call}} {CARGO_FLAGS}{{rest}} >{REPORT} 2>&1"),
    "maven": ("surefire", f"{{head}}{{call}} {MAVEN_FLAGS}{{rest}}"),
    "node": ("lines", "{head}{call}{rest}"),
    "tap": ("tap", f"{{head}}{{call}}{{rest}} {{tap}} >{REPORT}"),
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
    ("vitest", r"(?P<call>(?:\./node_modules/\.bin/)?vitest(?: run| --run)?)"),
    ("mocha", r"(?P<call>(?:\./node_modules/\.bin/)?mocha)"),
    ("tap", r"(?P<call>(?:\./node_modules/\.bin/)?(?:tape|tap|ava))"),
    ("cargo", r"(?P<call>cargo (?:test|t))"),
    ("maven", r"(?P<call>(?:\./mvnw|mvn))"),
    ("node", r"(?P<call>node(?: --?[\w-]+(?:[= ]\S+)?)*? --test)"),
)
_SHAPES = tuple(
    (runner, re.compile(rf"(?P<head>{_ASSIGNMENTS}{_LAUNCHER})(?:{call})(?P<rest>| .*)")) for runner, call in _CALLS
)
_MAVEN_GOALS = re.compile(r"(?:^|\s)(?:test|package|verify|install)(?=\s|$)")
_RUN_SCRIPT = re.compile(r"(?:npm run(?:-script)?|pnpm(?: run)?|yarn(?: run)?|bun run) (?P<script>[\w:.-]+)")
_DEEPEST = 3
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
    kind, shape = _LINES.get(runner) or (_FLAGS[runner][0], f"{{head}}{{call}}{{rest}} {_FLAGS[runner][1]}")
    tap = _TAP_FLAGS.get(found["call"].rpartition("/")[2], "")
    machine = shape.format(head=found["head"], call=found["call"], rest=found["rest"], tap=tap)
    return _plan(runner, shown, machine, kind, rules)


def script_plan(script: str, shown: str, rules: TestRules, scripts: Mapping[str, str] | None = None) -> TestPlan:
    """A plan for a package.json script that is started by `shown` (`npm test`): flags go in behind `--`.

    A script that ends with another one of `scripts` is that one.
    """
    if rules.report:
        return _plan("command", shown, shown, "junit", rules)
    start, last = shown, _last_of(script)
    for _ in range(_DEEPEST):
        called = _RUN_SCRIPT.fullmatch(last)
        if not called or called["script"] not in (scripts or {}):
            break
        start, last = f"npm run {called['script']}", _last_of((scripts or {})[called["script"]])
    match = _match(last)
    if match is None:
        return _plan("command", shown, shown, "none", rules)
    runner, found = match
    if runner == "node":
        return _plan(runner, shown, start, "lines", rules)
    if runner == "tap":
        flags = _TAP_FLAGS[found["call"].rpartition("/")[2]]
        return _plan(runner, shown, f"{start}{f' -- {flags}' if flags else ''} >{REPORT}", "tap", rules)
    if runner not in _FLAGS or runner == "pytest":
        return _plan("command", shown, shown, "none", rules)
    kind, flags = _FLAGS[runner]
    return _plan(runner, shown, f"{start} -- {flags}", kind, rules)


def _last_of(script: str) -> str:
    return re.split(r"&&|;", script)[-1].strip()


def _match(line: str) -> tuple[Runner, re.Match[str]] | None:
    if _SHELL.search(line) or not _balanced(line):
        return None
    for runner, shape in _SHAPES:
        if found := shape.fullmatch(line):
            passes_on = " -- " in f"{found['rest']} " and runner != "cargo"
            is_build = runner == "maven" and not _MAVEN_GOALS.search(found["rest"])
            return None if passes_on or is_build else (runner, found)
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
        report_path={"maven": MAVEN_REPORTS, "command": rules.report}.get(runner),
        setup=rules.setup,
        timeout_s=rules.timeout_s,
    )
