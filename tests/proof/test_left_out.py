"""Settings, commands, thresholds, workflows and recorded results: less than before is found, other changes are not."""

from collections.abc import Callable, Mapping

import pytest

from domain.frozen import Frozen
from proof.tampering.tamper_finding import TamperFinding

_FEWER = "fewer tests are run than before"
_SWALLOWED = "a failure of the tests no longer counts"
_LOWER = "a coverage threshold was lowered"
_OFF = "a part of the CI is switched off"
_HARMLESS = "a failure of the CI no longer counts"
_PYPROJECT = '[project]\nname = "x"\n\n[tool.pytest.ini_options]\n'
_PACKAGE = '{\n  "name": "x",\n  "scripts": {\n    "build": "tsc",\n    "test": "jest"\n  }\n}\n'
_JEST = "module.exports = {\n  testPathIgnorePatterns: [\n    '/node_modules/',\n  ],\n  testEnvironment: 'node',\n};\n"
_FLOOR = "export default {\n  coverageThreshold: {\n    global: { branches: 80, lines: 90 },\n  },\n};\n"
_CI = """name: CI
on:
  push:
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip install -e .
      - run: python -m pytest
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: ruff check
"""
_SNAP = "".join(f"exports[`page {n}`] = `<p>{n}</p>`;\n\n" for n in range(8))
_W = ".github/workflows/ci.yml"
Judge = Callable[[Mapping[str, str | None], Mapping[str, str | None]], tuple[TamperFinding, ...]]


class Case(Frozen):
    """A file before and after (None: not there), and how the findings begin."""

    title: str
    path: str
    before: str | None
    after: str | None
    found: tuple[str, ...] = ()


def _case(title: str, path: str, before: str | None, after: str | None, *found: str) -> Case:
    assert before != after
    return Case(title=title, path=path, before=before, after=after, found=found)


def _edited(title: str, path: str, text: str, old: str, new: str, *found: str) -> Case:
    assert old in text
    return _case(title, path, text, text.replace(old, new), *found)


def _ini(title: str, before: str, after: str, *found: str) -> Case:
    return _case(title, "pyproject.toml", _PYPROJECT + before, _PYPROJECT + after, *found)


def _script(title: str, command: str, *found: str) -> Case:
    return _edited(title, "package.json", _PACKAGE, '"test": "jest"', f'"test": "{command}"', *found)


def _job(title: str, old: str, new: str, *found: str) -> Case:
    return _edited(title, _W, _CI, old, new, *found)


CASES = (
    _ini("testpaths narrowed", 'testpaths = ["tests", "more"]\n', 'testpaths = ["tests"]\n', _FEWER),
    _ini("testpaths set", "", 'testpaths = ["tests/unit"]\n', _FEWER),
    _ini("testpaths widened", 'testpaths = ["tests"]\n', 'testpaths = ["tests", "more"]\n'),
    _ini("-k", 'addopts = "-q"\n', "addopts = \"-q -k 'not slow'\"\n", _FEWER),
    _ini(
        "--deselect",
        'addopts = ["-q"]\n',
        'addopts = [\n  "-q",\n  "--deselect", "tests/test_a.py::test_b",\n]\n',
        _FEWER,
    ),
    _ini("a plain option", 'addopts = "-q"\n', 'addopts = "-q --strict-markers --cov=x"\n'),
    _ini("a filter removed", 'addopts = "-q -k fast"\n', 'addopts = "-q"\n'),
    _ini("in another order", 'addopts = "-q --ignore=x"\n', 'addopts = "--ignore=x -q"\n'),
    _ini(
        "another name for tests",
        'python_files = ["test_*.py", "*_check.py"]\n',
        'python_files = ["test_*.py"]\n',
        _FEWER,
    ),
    _ini("norecursedirs", 'norecursedirs = [".git"]\n', 'norecursedirs = [".git", "legacy"]\n', _FEWER),
    _ini(
        "norecursedirs of no tests", 'norecursedirs = [".git"]\n', 'norecursedirs = [".git", "node_modules", "build"]\n'
    ),
    _ini(
        "unexpected passes",
        "xfail_strict = true\n",
        "xfail_strict = false\n",
        "tests that pass though expected to fail no longer count",
    ),
    _edited("a version", "pyproject.toml", _PYPROJECT, 'name = "x"', 'name = "x"\nexclude = ["docs", "tests"]'),
    _case("a new pytest.ini", "pytest.ini", None, "[pytest]\ntestpaths = tests\naddopts = -q\n"),
    _case(
        "a new pytest.ini with a filter",
        "pytest.ini",
        None,
        "[pytest]\naddopts =\n    -q\n    --ignore=tests/a\n",
        _FEWER,
    ),
    _case("a conftest shrinks its list", "conftest.py", 'collect_ignore = ["a", "b"]\n', 'collect_ignore = ["a"]\n'),
    _case("tox", "tox.ini", "[testenv]\ncommands = pytest\n", "[testenv]\ncommands = pytest tests/unit\n", _FEWER),
    _case("tox says more", "tox.ini", "[testenv]\ncommands = pytest\n", "[testenv]\ncommands = pytest -ra\n"),
    _case("make", "Makefile", "test:\n\tpytest\n", "test:\n\tpytest || true\n", _SWALLOWED),
    _case("make builds first", "Makefile", "test:\n\tpytest\n", "test: build\n\tpytest -q\n"),
    _case(
        "nox",
        "noxfile.py",
        'def tests(session):\n    session.run("pytest")\n',
        'def tests(session):\n    session.run("pytest", "-k", "fast")\n',
        "what the test command does was cut",
    ),
    _script("|| true", "jest || true", _SWALLOWED),
    _script("exit 0", "jest; exit 0", _SWALLOWED),
    _script("no tests are fine", "jest --passWithNoTests", _SWALLOWED),
    _script("a filter", "jest -t fast", _FEWER),
    _script("a folder", "jest src/easy", _FEWER),
    _script("no runner", "echo ok", _FEWER),
    _script("snapshots", "jest -u", "recorded results are rewritten by every run"),
    _script("coverage", "jest --coverage"),
    _script("a launcher", "NODE_ENV=test npx jest --ci"),
    _edited("a dependency", "package.json", _PACKAGE, '"name": "x",', '"name": "x",\n  "version": "2.0.0",'),
    _edited(
        "the script removed",
        "package.json",
        _PACKAGE,
        '"tsc",\n    "test": "jest"',
        '"tsc"',
        "the command that runs the tests was removed",
    ),
    _edited("jest ignores", "jest.config.js", _JEST, "'/node_modules/',", "'/node_modules/',\n    '/legacy/',", _FEWER),
    _edited("jest ignores a build", "jest.config.js", _JEST, "'/node_modules/',", "'/node_modules/',\n    '/dist/',"),
    _edited("another environment", "jest.config.js", _JEST, "'node'", "'jsdom'"),
    _case(
        "vitest",
        "vitest.config.ts",
        "export default {\n  test: {\n    include: ['src/**', 'lib/**'],\n  },\n};\n",
        "export default {\n  test: {\n    include: ['src/**'],\n  },\n};\n",
        _FEWER,
    ),
    _case("mocha", ".mocharc.json", '{"spec": ["a/**", "b/**"]}\n', '{"spec": ["a/**"]}\n', _FEWER),
    _edited("jest's thresholds", "jest.config.ts", _FLOOR, "branches: 80", "branches: 50", _LOWER),
    _edited("higher thresholds", "jest.config.ts", _FLOOR, "branches: 80", "branches: 85"),
    _case("fail_under", ".coveragerc", "[report]\nfail_under = 90\n", "[report]\nfail_under = 70\n", _LOWER),
    _case(
        "fail_under gone",
        ".coveragerc",
        "[report]\nfail_under = 90\n",
        "[report]\n",
        "a coverage threshold was removed",
    ),
    _case("fail_under raised", ".coveragerc", "[report]\nfail_under = 90\n", "[report]\nfail_under = 92\n"),
    _case("nyc", ".nycrc", '{"lines": 90}\n', '{"lines": 10}\n', _LOWER),
    _case(
        "codecov",
        "codecov.yml",
        "coverage:\n  status:\n    target: 80%\n",
        "coverage:\n  status:\n    target: 10%\n",
        _LOWER,
    ),
    _case("a workflow deleted", _W, _CI, None, "a CI workflow was removed"),
    _job("if false", "  test:\n", "  test:\n    if: false\n", _OFF),
    _job(
        "continue on error",
        "      - run: python -m pytest",
        "      - run: python -m pytest\n        continue-on-error: true",
        _HARMLESS,
    ),
    _job("|| true", "python -m pytest", "python -m pytest || true", _HARMLESS),
    _job(
        "branches",
        "  push:\n",
        "  push:\n    branches-ignore: ['claude/**']\n",
        "the CI runs on fewer changes than before",
    ),
    _job("no pull requests", "  pull_request:\n", "", "a trigger of the CI was removed"),
    _job("the step removed", "      - run: python -m pytest\n", "", "a step that runs tests was removed"),
    _job(
        "the job removed",
        "  lint:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ruff check\n",
        "",
        "a job of the CI was removed",
    ),
    _job("a job renamed", "  test:\n", "  tests:\n"),
    _job("a step added", "      - run: ruff check", "      - run: ruff check\n      - run: mypy"),
    _job("a newer action", "checkout@v4", "checkout@v5"),
    _job("more options", "python -m pytest", "python -m pytest -ra"),
    _case("a new workflow", ".github/workflows/docs.yml", None, "on: push\njobs:\n  a:\n    continue-on-error: true\n"),
    _case(
        "recorded results rewritten",
        "src/__snapshots__/a.test.js.snap",
        _SNAP,
        _SNAP.replace("<p>", "<b>"),
        "8 of 8 lines of recorded results were rewritten and no test changed",
    ),
    _edited("one recorded result", "src/__snapshots__/a.test.js.snap", _SNAP, "<p>3</p>", "<p>three</p>"),
    _case("recorded results added", "src/__snapshots__/a.test.js.snap", _SNAP, _SNAP + _SNAP.replace("page", "side")),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path} {case.title}")
def test_settings(case: Case, judge: Judge) -> None:
    """A finding at its line where less is run or asked for than before; none for anything else."""
    found = judge({case.path: case.before} if case.before is not None else {}, {case.path: case.after})
    assert tuple(one.text.split(" (")[0] for one in found) == case.found
    assert all(one.path == case.path and one.line for one in found)


def test_recorded_results_that_follow_a_test(judge: Judge) -> None:
    """Where a test changed too, its recorded results may."""
    test, snap = "src/a.test.js", "src/__snapshots__/a.test.js.snap"
    before = {test: "test('page', () => {\n  expect(page()).toMatchSnapshot();\n});\n", snap: _SNAP}
    after = {test: before[test].replace("page()", "page({bold: true})"), snap: _SNAP.replace("<p>", "<b>")}
    assert judge(before, after) == ()
