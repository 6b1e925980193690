"""Recognises the test runner in a shell line, and makes that line write a report."""

import re
import shlex
from dataclasses import dataclass, replace

from domain.repository import TestRules
from proof.plan import ReportKind, Runner, TestPlan

REPORT = '"$CLAUDE_CLUSTER_REPORT"'
PYTEST_FLAGS = f"--maxfail=0 --continue-on-collection-errors -o junit_family=xunit1 --junitxml={REPORT}"
# Flags that go to the end of the line.
_FLAGS: dict[Runner, tuple[ReportKind, str]] = {
    "pytest": ("junit", PYTEST_FLAGS),
    "jest": ("jest", f"--json --outputFile={REPORT}"),
    "vitest": ("jest", f"--run --reporter=default --reporter=json --outputFile={REPORT}"),
    "mocha": ("lines", '--reporter "$CLAUDE_CLUSTER_REPORT.cjs"'),
    "jasmine": ("lines", '--reporter="$CLAUDE_CLUSTER_REPORT.cjs"'),
    "lab": ("junit", f"-r console -o stdout -r junit -o {REPORT}"),
    "bun": ("junit", f"--reporter=junit --reporter-outfile={REPORT}"),
    "borp": ("lines", '--reporter spec --reporter "$CLAUDE_CLUSTER_REPORT.mjs:$CLAUDE_CLUSTER_REPORT"'),
    "node": ("lines", ""),
    "tap": ("tap", ""),
}
# Runners that load a reporter from a file only: it is put beside the report.
REPORTER_ENDS: dict[Runner, str] = {"mocha": ".cjs", "jasmine": ".cjs", "borp": ".mjs"}
# What prints its report on stdout takes flags of its own kind: tape has none, for it knows nothing else.
_TAP_FLAGS = {"tap": "--reporter=tap", "ava": "--tap"}
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
}
# The word before the runner: what only finds its program, a launcher of an environment, what measures it.
_FINDS = r"npx (?:--no-install |--no |-y )?|npm exec (?:-- )?|pnpm (?:exec |run )?|yarn (?:run |exec )?|bunx "
_LAUNCHER = (
    rf"(?:(?:uv|poetry|pdm|hatch|pipenv|rye) run |{_FINDS})?"
    r"(?:cross-env(?: \w+=\S+)+ )?(?:(?:nyc|c8)(?: --?[\w-]+(?:[= ][^\s-]\S*)?)*? )?"
)
_ASSIGNMENTS = r"""(?:[A-Za-z_]\w*=(?:[\w./:,-]*|'[^']*'|"[^"]*") )*"""
_FINDER = re.compile(rf"^({_ASSIGNMENTS})(?:{_FINDS})")
_PYTHON = r"(?:[\w./-]*/)?python[\d.]*(?: -[A-Zbdsu]+| -[WX] ?\S+)*"
_NODE = r"(?:node|tsx)(?: --?[\w-]+(?:[= ](?!-)\S+)?)*?"
# A program of a package, by its name or by its file.
_PACKAGE = rf"(?P<call>(?:(?:{_NODE} )?(?:\./)?node_modules/(?:[\w.-]+/)+)?(?:%s)(?:\.[cm]?js)?)"
_CALLS: tuple[tuple[Runner, str], ...] = (
    ("pytest", rf"(?P<call>(?:{_PYTHON} -m )?(?:pytest|py\.test))"),
    ("unittest", rf"(?P<call>{_PYTHON}) -m unittest"),
    ("go", r"(?P<call>go test)"),
    ("jest", _PACKAGE % "jest|(?:react-scripts|react-app-rewired|craco|tsdx|kcd-scripts) test"),
    ("vitest", _PACKAGE % "vitest(?: run| --run)?"),
    ("mocha", _PACKAGE % "_?mocha|ts-mocha"),
    ("jasmine", _PACKAGE % "jasmine"),
    ("lab", _PACKAGE % "lab"),
    ("bun", _PACKAGE % "bun test"),
    ("borp", _PACKAGE % "borp"),
    ("tap", _PACKAGE % "tape|tap|ava|qunit"),
    ("cargo", r"(?P<call>cargo (?:test|t))"),
    ("maven", r"(?P<call>(?:\./mvnw|mvn))"),
    ("node", rf"(?P<call>{_NODE} --test)"),
)
_SHAPES = tuple(
    (runner, re.compile(rf"(?P<head>{_ASSIGNMENTS}{_LAUNCHER})(?:{call})(?P<rest>| .*)")) for runner, call in _CALLS
)
# Runners that want a file for each reporter, in the order in which these are named.
_ONE_REPORT = frozenset({"lab", "bun"})
_REPORTER = re.compile(r"(?:^|\s)(?:-r|-o|--reporter(?:-outfile)?|--output)(?=[\s=]|$)")
_MAVEN_GOALS = re.compile(r"(?:^|\s)(?:test|package|verify|install)(?=\s|$)")
_SHELL = re.compile(r"[;&|<>`$()\n\\#]")


@dataclass(frozen=True)
class Call:
    """A shell line that calls a test runner: what precedes the call, the call, and its arguments."""

    runner: Runner
    head: str
    call: str
    rest: str

    @property
    def found(self) -> "Call":
        """The same without `npx` and its like, for where the packages' programs are in the PATH."""
        return replace(self, head=_FINDER.sub(r"\1", self.head))

    @property
    def kind(self) -> ReportKind:
        """The kind of report that it can be made to write."""
        return (_LINES.get(self.runner) or _FLAGS[self.runner])[0]

    def machine(self, typed: str = "", between: str = " ") -> str:
        """The line that writes the report; `typed` stands for the call, and hands on what follows `between`."""
        if self.runner in _LINES:
            return _LINES[self.runner][1].format(head=self.head, call=self.call, rest=self.rest)
        flags = _FLAGS[self.runner][1] or _TAP_FLAGS.get(self.call.rpartition("/")[2], "")
        line = between.join(filter(None, [typed or f"{self.head}{self.call}{self.rest}", flags]))
        if self.runner in REPORTER_ENDS:
            line = f'printf %s "$CLAUDE_CLUSTER_RUNNER" >"$CLAUDE_CLUSTER_REPORT{REPORTER_ENDS[self.runner]}"; {line}'
        return f"{line} >{REPORT}" if self.kind == "tap" else line


def plan_of(command: str, rules: TestRules) -> TestPlan:
    """A plan for a shell line: with single tests if the runner is known and nothing is piped or chained."""
    line = command.strip()
    call = None if rules.report else call_of(line)
    if call is None:
        return as_plan(rules, line, line)
    return as_plan(rules, line, call.machine(), call)


def as_plan(rules: TestRules, shown: str, machine: str, call: Call | None = None) -> TestPlan:
    """A plan as the repository's settings want it; without a call the exit code or the settings' report counts."""
    alone: ReportKind = "junit" if rules.report else "none"
    runner = call.runner if call else "command"
    return TestPlan(
        runner=runner,
        command=shown,
        machine_command=machine,
        report=call.kind if call else alone,
        report_path={"maven": MAVEN_REPORTS, "command": rules.report}.get(runner),
        setup=rules.setup,
        timeout_s=rules.timeout_s,
    )


def call_of(line: str) -> Call | None:
    """The test runner's call that a line is; None for other lines, and those that no flags can be added to."""
    if not is_plain(line):
        return None
    for runner, shape in _SHAPES:
        if found := shape.fullmatch(line):
            passes_on = " -- " in f"{found['rest']} " and runner != "cargo"
            is_build = runner == "maven" and not _MAVEN_GOALS.search(found["rest"])
            is_told = runner in _ONE_REPORT and _REPORTER.search(found["rest"])
            return (
                None if passes_on or is_build or is_told else Call(runner, found["head"], found["call"], found["rest"])
            )
    return None


def is_plain(line: str) -> bool:
    """Whether a line is one command with its words, and the shell has nothing else to do."""
    if _SHELL.search(line):
        return False
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True
