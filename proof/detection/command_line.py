"""Recognises the test runner in a shell line, and makes that line write a report."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
_LAUNCHER = (
    r"(?:(?:uv|poetry|pdm|hatch|pipenv|rye) run |npx (?:--no-install )?|pnpm (?:exec )?|yarn |bunx )?"
    r"(?:cross-env(?: \w+=\S+)+ )?(?:(?:nyc|c8)(?: --?[\w-]+(?:[= ][^\s-]\S*)?)*? )?"
)
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
_RUN_SCRIPT = re.compile(
    r"(?:npm run(?:-script)?|pnpm(?: run)?|yarn(?: run)?|bun run)(?: -s| --silent)? (?P<script>\w[\w:.-]*)(?: --)?"
)
_LINTER = re.compile(r"\b(?:\w*lint\w*|standard|prettier|format|biome|tsd|xo|audit|typecheck|types?)\b")
_TOOLS = 'export PATH="$PWD/node_modules/.bin:$PATH"'
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

    A script that calls another one of `scripts` is that one. Of a chain the last test runner counts; what follows
    it is not run, and of what precedes it only what is no linter.
    """
    if rules.report:
        return _plan("command", shown, shown, "junit", rules)
    start = _start_of(script, shown, scripts or {}, _DEEPEST)
    if start is None:
        return _plan("command", shown, shown, "none", rules)
    runner = start.runner
    if runner == "node":
        return _plan(runner, shown, start.line, "lines", rules)
    if runner == "tap":
        flags = _TAP_FLAGS[start.call.rpartition("/")[2]]
        return _plan(runner, shown, f"{start.with_flags(flags)} >{REPORT}", "tap", rules)
    if runner not in _FLAGS or runner == "pytest":
        return _plan("command", shown, shown, "none", rules)
    kind, flags = _FLAGS[runner]
    return _plan(runner, shown, start.with_flags(flags), kind, rules)


@dataclass(frozen=True)
class _Start:
    """A shell line that starts a runner; npm hands its flags on only behind `--`."""

    runner: Runner
    call: str
    line: str
    by_npm: bool

    def with_flags(self, flags: str) -> str:
        if not flags:
            return self.line
        return f"{self.line}{' --' if self.by_npm else ''} {flags}"


def _start_of(script: str, start: str, scripts: Mapping[str, str], deepest: int) -> _Start | None:
    parts = [part.strip() for part in re.split(r"&&|;", script)]
    for index in reversed(range(len(parts))):
        called = _RUN_SCRIPT.fullmatch(parts[index])
        if called and called["script"] in scripts and deepest:
            name = called["script"]
            found = _start_of(scripts[name], f"npm run {name}", scripts, deepest - 1)
        else:
            found = _direct(parts[: index + 1], start, is_last=index == len(parts) - 1)
            called = None
        if found:
            before = [part for part in parts[:index] if called and not _LINTER.search(part)]
            return replace(found, line=" && ".join([*before, found.line]))
    return None


def _direct(parts: Sequence[str], start: str, *, is_last: bool) -> _Start | None:
    """The runner that the last of these parts is; one with others behind it is started without npm."""
    match = _match(parts[-1])
    if match is None:
        return None
    runner, found = match
    if is_last:
        return _Start(runner, found["call"], start, by_npm=True)
    line = " && ".join([*(part for part in parts[:-1] if not _LINTER.search(part)), parts[-1]])
    return _Start(runner, found["call"], f"{_TOOLS}; {line}", by_npm=False)


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
