"""How shell lines are made to write a report."""

from dataclasses import dataclass

import pytest

from domain.repository import TestRules
from proof.detection.command_line import plan_of, script_plan

_REPORT = '"$CLAUDE_CLUSTER_REPORT"'
_PYTEST = f"--maxfail=0 --continue-on-collection-errors -o junit_family=xunit1 --junitxml={_REPORT}"
_MOCHA = f"--reporter json --reporter-option output={_REPORT}"
_TOOLS = 'export PATH="$PWD/node_modules/.bin:$PATH"'
_VITEST = f"--run --reporter=default --reporter=json --outputFile={_REPORT}"


@dataclass(frozen=True)
class Case:
    """A line, the runner seen in it, and the line that we run."""

    line: str
    runner: str
    machine: str


CASES = (
    Case("pytest", "pytest", f"pytest {_PYTEST}"),
    Case(" python3.12 -m pytest -q tests ", "pytest", f"python3.12 -m pytest -q tests {_PYTEST}"),
    Case("A=1 uv run pytest -k 'a or b'", "pytest", f"A=1 uv run pytest -k 'a or b' {_PYTEST}"),
    Case("python -W ignore -m pytest", "pytest", f"python -W ignore -m pytest {_PYTEST}"),
    Case("python -m unittest -v", "unittest", 'python -c "$CLAUDE_CLUSTER_RUNNER" -v'),
    Case("X=src python3 -m unittest a.b", "unittest", 'X=src python3 -c "$CLAUDE_CLUSTER_RUNNER" a.b'),
    Case("go test -race ./...", "go", f"go test -json -race ./... >{_REPORT}"),
    Case("npx jest --ci", "jest", f"npx jest --ci --json --outputFile={_REPORT}"),
    Case("./node_modules/.bin/vitest run", "vitest", f"./node_modules/.bin/vitest run {_VITEST}"),
    Case("yarn mocha", "mocha", f"yarn mocha --reporter json --reporter-option output={_REPORT}"),
    Case("node --test test/", "node", "node --test test/"),
    Case("make test", "command", "make test"),
    Case("pytest | tee log", "command", "pytest | tee log"),
    Case("cd a && pytest", "command", "cd a && pytest"),
    Case("pytest 'a", "command", "pytest 'a"),
    Case("pytest -- a", "command", "pytest -- a"),
    Case("pytester", "command", "pytester"),
    Case("pytest # all", "command", "pytest # all"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.line)
def test_lines(case: Case) -> None:
    """A plain call of a known runner tells single tests; whatever is chained or piped runs as it stands."""
    plan = plan_of(case.line, TestRules())
    assert (plan.runner, plan.machine_command, plan.command) == (case.runner, case.machine, case.line.strip())


SCRIPTS = (
    Case("jest", "jest", f"npm test -- --json --outputFile={_REPORT}"),
    Case("npm run build && vitest", "vitest", f"npm test -- {_VITEST}"),
    Case("node --test", "node", "npm test"),
    Case("jest | cat", "command", "npm test"),
    Case("jest && echo done", "jest", f"{_TOOLS}; jest --json --outputFile={_REPORT}"),
    Case("tsc && eslint . && nyc mocha && tsd", "mocha", f"{_TOOLS}; tsc && nyc mocha {_MOCHA}"),
    Case("npm run unit --", "tap", f"npm run unit >{_REPORT}"),
    Case("npm run lint && npm run build && npm run cover && tsd", "node", "npm run build && npm run cover"),
    Case("cross-env A=1 c8 --check-coverage --lines 98 node --test", "node", "npm test"),
    Case("nyc report", "command", "npm test"),
    Case("npm run unknown", "command", "npm test"),
    Case("pytest", "command", "npm test"),
)
_CALLED = {
    "unit": "nyc --silent tape 'test/**/*.js'",
    "lint": "eslint .",
    "build": "tsc",
    "cover": "c8 --100 node --test",
}


@pytest.mark.parametrize("case", SCRIPTS, ids=lambda case: case.line)
def test_scripts(case: Case) -> None:
    """The flags reach the runner, wherever it stands; linters around it are left out, builds before it are not."""
    plan = script_plan(case.line, "npm test", TestRules(), _CALLED)
    assert (plan.runner, plan.machine_command, plan.command) == (case.runner, case.machine, "npm test")
