"""How shell lines are made to write a report."""

from dataclasses import dataclass

import pytest

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.package_script import script_plan

_REPORT = '"$CLAUDE_CLUSTER_REPORT"'
_PYTEST = f"--maxfail=0 --continue-on-collection-errors -o junit_family=xunit1 --junitxml={_REPORT}"
_BESIDE = 'printf %s "$CLAUDE_CLUSTER_RUNNER" >"$CLAUDE_CLUSTER_REPORT'
_MOCHA = '--reporter "$CLAUDE_CLUSTER_REPORT.cjs"'
_BORP = '--reporter spec --reporter "$CLAUDE_CLUSTER_REPORT.mjs:$CLAUDE_CLUSTER_REPORT"'
_TOOLS = 'export PATH="$PWD/node_modules/.bin:$PATH"'
_VITEST = f"--run --reporter=default --reporter=json --outputFile={_REPORT}"


@dataclass(frozen=True)
class Case:
    """A line, the runner seen in it, and the line that we run."""

    line: str
    runner: str
    machine: str
    left_out: tuple[str, ...] = ()


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
    Case("yarn mocha", "mocha", f'{_BESIDE}.cjs"; yarn mocha {_MOCHA}'),
    Case("borp --coverage", "borp", f'{_BESIDE}.mjs"; borp --coverage {_BORP}'),
    Case(
        "node --experimental-vm-modules node_modules/jest/bin/jest.js a",
        "jest",
        f"node --experimental-vm-modules node_modules/jest/bin/jest.js a --json --outputFile={_REPORT}",
    ),
    Case("lab -v -t 100", "lab", f"lab -v -t 100 -r console -o stdout -r junit -o {_REPORT}"),
    Case("lab -r tap", "command", "lab -r tap"),
    Case("bun test test", "bun", f"bun test test --reporter=junit --reporter-outfile={_REPORT}"),
    Case("bun test --reporter=dots", "command", "bun test --reporter=dots"),
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


_TAP = f"{_TOOLS}; nyc --silent tape 'test/**/*.js' >{_REPORT}"
SCRIPTS = (
    Case("jest", "jest", f"npm test -- --json --outputFile={_REPORT}"),
    Case("node --test", "node", "npm test"),
    Case("cross-env A=1 c8 --check-coverage --lines 98 node --test", "node", "npm test"),
    Case("tape 'a b/*.js'", "tap", f"npm test >{_REPORT}"),
    Case("qunit test/*.js", "tap", f"npm test >{_REPORT}"),
    Case("tap a", "tap", f"npm test -- --reporter=tap >{_REPORT}"),
    Case("tape a | tap-spec", "tap", f"{_TOOLS}; tape a >{_REPORT}"),
    Case("standard && tape a | npx faucet", "tap", f"{_TOOLS}; tape a >{_REPORT}", ("standard",)),
    Case("NODE_OPTIONS='--a --b' jest", "jest", f"npm test -- --json --outputFile={_REPORT}"),
    Case('A="b c" npx jest', "jest", f'{_TOOLS}; A="b c" jest --json --outputFile={_REPORT}'),
    Case("react-scripts test -i", "jest", f"npm test -- --json --outputFile={_REPORT}"),
    Case("A='$(b)' jest", "command", "npm test"),
    Case("npm run alone", "vitest", f"npm run alone -- {_VITEST}"),
    Case("yarn -s alone -- src", "vitest", f"{_TOOLS}; vitest src {_VITEST}"),
    Case("pnpm vitest run", "vitest", f"{_TOOLS}; vitest run {_VITEST}"),
    Case("A=1 npx mocha", "mocha", f'{_TOOLS}; {_BESIDE}.cjs"; A=1 mocha {_MOCHA}'),
    Case("npm run build && vitest", "vitest", f"{_TOOLS}; tsc && vitest {_VITEST}"),
    Case("jest && echo done", "jest", f"{_TOOLS}; jest --json --outputFile={_REPORT}", ("echo done",)),
    Case(
        "tsc && eslint . && nyc mocha && tsd",
        "mocha",
        f'{_TOOLS}; tsc && {_BESIDE}.cjs"; nyc mocha {_MOCHA}',
        ("eslint .", "tsd"),
    ),
    Case("npm run unit --", "tap", _TAP, ("eslint .", "aud")),
    Case("run-s lint un*", "tap", _TAP, ("eslint .", "eslint .", "aud")),
    Case("jest | cat", "command", "npm test"),
    Case("nyc report", "command", "npm test"),
    Case("npm run unknown", "command", "npm test"),
    Case("npm run again", "command", "npm test"),
    Case("npm run wide", "command", "npm test"),
    Case("yarn", "command", "npm test"),
)
_CALLED = {
    "preunit": "npm run lint",
    "unit": "nyc --silent tape 'test/**/*.js'",
    "postunit": "aud",
    "lint": "eslint .",
    "build": "tsc",
    "alone": "vitest",
    "again": "npm run again",
    "wide": " && ".join(["npm run widest"] * 100),
    "widest": ";".join(["npm run lint"] * 100),
}


@pytest.mark.parametrize("case", SCRIPTS, ids=lambda case: case.line)
def test_scripts(case: Case) -> None:
    """The flags reach the runner, wherever it stands; linters around it are left out, builds before it are not."""
    plan = script_plan("test", {"test": case.line} | _CALLED, TestRules())
    told = (plan.runner, plan.machine_command, plan.left_out, plan.command)
    assert told == (case.runner, case.machine, case.left_out, "npm test")


def test_programs_that_are_tests() -> None:
    """A program that is a test by its name tells single tests where tape or node's own library makes it one."""
    line = "standard && node -r esm test/index.js && node bench.js"
    plans = [script_plan("test", {"test": line}, TestRules(), own=own) for own in ("tap", "node", None)]
    machine = f"{_TOOLS}; node -r esm test/index.js >{_REPORT}"
    assert (plans[0].runner, plans[0].machine_command, plans[0].left_out) == (
        "tap",
        machine,
        ("standard", "node bench.js"),
    )
    assert [plan.runner for plan in plans[1:]] == ["node", "command"]
    assert plans[1].machine_command == f"{_TOOLS}; node -r esm test/index.js"
    alone = script_plan("test", {"test": "node test.js"}, TestRules(), own="tap")
    assert (alone.runner, alone.machine_command) == ("tap", f"npm test >{_REPORT}")


def test_several_runners() -> None:
    """Each runs, with what is built before it and where it is to stand; a test without a runner is one too."""
    script = "tsc && cd lib && mocha && eslint . && jest -i && node test/esm.mjs && codecov"
    plan = script_plan("test", {"test": script}, TestRules())
    assert (plan.runner, plan.left_out) == ("several", ("eslint .", "codecov"))
    assert [(part.runner, part.command, part.machine_command) for part in plan.parts] == [
        ("mocha", "mocha", f'{_TOOLS}; tsc && cd lib && {_BESIDE}.cjs"; mocha {_MOCHA}'),
        ("jest", "jest -i", f"{_TOOLS}; cd lib && jest -i --json --outputFile={_REPORT}"),
        ("command", "node test/esm.mjs", f"{_TOOLS}; cd lib && node test/esm.mjs"),
    ]
