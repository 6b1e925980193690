"""How tests are found, in small trees of files."""

from dataclasses import dataclass, field

import pytest

from domain.repository import TestRules
from proof.detection.detect import detect
from proof.plan import TestPlan, is_test_side

_SUITE = "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
_UNITTEST = "python -m unittest"
_PYTEST = "python -m pytest"
_MODULE = '{"scripts": {"test": "%s"}}'


@dataclass(frozen=True)
class Case:
    """A tree, its settings, and the runner and command that it must get."""

    title: str
    files: dict[str, str]
    runner: str
    command: str
    rules: TestRules = field(default_factory=TestRules)


CASES = (
    Case("bare functions", {"test_a.py": "def test_a():\n    pass\n"}, "pytest", "python -m pytest"),
    Case("names in another script", {"test_消費税.py": "def test_千円():\n    pass\n"}, "pytest", "python -m pytest"),
    Case("a class in another script", {"test_a.py": "class Test税(object):\n"}, "pytest", "python -m pytest"),
    Case("a conftest", {"tests/test_a.py": _SUITE, "tests/conftest.py": ""}, "pytest", "python -m pytest"),
    Case(
        "pytest's settings",
        {"tests/test_a.py": _SUITE, "pyproject.toml": "[tool.pytest.ini_options]\n"},
        "pytest",
        "python -m pytest",
    ),
    Case("import pytest", {"a/b_test.py": "import pytest\n"}, "pytest", "python -m pytest"),
    Case("test cases", {"test_a.py": _SUITE}, "unittest", "python -m unittest"),
    Case("a package", {"tests/__init__.py": "", "tests/test_a.py": _SUITE}, "unittest", "python -m unittest"),
    Case("a plain folder", {"tests/test_a.py": _SUITE}, "unittest", "python -m unittest discover -s tests"),
    Case("unittest's own names", {"t/testPrice.py": _SUITE}, "unittest", "python -m unittest discover -s t"),
    Case("the plural", {"t/a_tests.py": _SUITE}, "unittest", "python -m unittest discover -s t -p '*_tests.py'"),
    Case(
        "a product's own test cases are not tests",
        {"tests/test_a.py": _SUITE, "shop/__init__.py": "", "shop/testCase.py": _SUITE},
        "unittest",
        "python -m unittest discover -s tests",
    ),
    Case("other names", {"spec/a_test.py": _SUITE}, "unittest", "python -m unittest discover -s spec -p '*_test.py'"),
    Case(
        "Django",
        {"manage.py": "", "shop/tests.py": "from django.test import TestCase\nclass A(TestCase): pass\n"},
        "command",
        "python manage.py test",
    ),
    Case("jest", {"package.json": _MODULE % "jest --coverage"}, "jest", "npm test"),
    Case("vitest", {"package.json": _MODULE % "tsc && vitest run"}, "vitest", "npm test"),
    Case("mocha", {"package.json": _MODULE % "NODE_ENV=test mocha -r x"}, "mocha", "npm test"),
    Case("node", {"package.json": _MODULE % "node --import tsx --test test/*.ts"}, "node", "npm test"),
    Case("another script", {"package.json": _MODULE % "make check"}, "command", "npm test"),
    Case("no script", {"a.test.js": "const test = require('node:test')", "package.json": "{}"}, "node", "node --test"),
    Case("go", {"go.mod": "module x", "a_test.go": ""}, "go", "go test ./..."),
    Case(
        "the language with a manifest",
        {"package.json": _MODULE % "jest", "a.test.js": "", "test_a.py": "def test_a(): pass\n"},
        "jest",
        "npm test",
    ),
    Case("make", {"Makefile": ".PHONY: test\ntest: build\n\t./run\ncheck:\n"}, "command", "make test"),
    Case("make check", {"GNUmakefile": "TEST := 1\ncheck:\n\t./run\n"}, "command", "make check"),
    Case("a shell script", {"Makefile": "all:\n", "tests/run.sh": ""}, "command", "bash tests/run.sh"),
    Case("tests that report singly come first", {"Makefile": "test:\n", "test_a.py": _SUITE}, "unittest", _UNITTEST),
    Case("tox tells pytest", {"tox.ini": "[testenv]\ncommands = pytest\n", "test_a.py": _SUITE}, "pytest", _PYTEST),
    Case("nox tells pytest", {"noxfile.py": 's.session.run("pytest")', "test_a.py": _SUITE}, "pytest", _PYTEST),
    Case("a dependency tells pytest", {"pyproject.toml": '["pytest>=8"]', "test_a.py": _SUITE}, "pytest", _PYTEST),
    Case("tape", {"package.json": _MODULE % "tape test/*.js"}, "tap", "npm test"),
    Case("node-tap", {"package.json": _MODULE % "npx tap"}, "tap", "npm test"),
    Case(
        "a script that starts a script",
        {"package.json": '{"scripts": {"test": "npm run lint && npm run unit", "unit": "mocha", "lint": "x"}}'},
        "mocha",
        "npm test",
    ),
    Case("cargo", {"Cargo.toml": "[package]", "src/lib.rs": "#[test]\nfn a() {}"}, "cargo", "cargo test"),
    Case("cargo's examples", {"Cargo.toml": "", "src/lib.rs": "/// ```\n/// a\n/// ```\n"}, "cargo", "cargo test"),
    Case(
        "a cargo workspace",
        {"Cargo.toml": "[workspace]\nmembers = []", "a/Cargo.toml": "[package]", "a/tests/b.rs": ""},
        "cargo",
        "cargo test --workspace",
    ),
    Case("maven", {"pom.xml": "<project/>", "a/src/test/java/x/ATest.java": ""}, "maven", "mvn test"),
    Case(
        "tests before make", {"Makefile": "test:\n", "pom.xml": "", "src/test/java/ATest.java": ""}, "maven", "mvn test"
    ),
    Case(
        "a manifest in a folder",
        {"back/pyproject.toml": "", "back/tests/test_a.py": "import pytest\n", "README.md": ""},
        "pytest",
        "(cd back && python -m pytest)",
    ),
    Case(
        "tests beside the folder with the manifest",
        {"tool/setup.py": "", "tool/test_a.py": "import pytest\n", "checks/test_b.py": "import pytest\n"},
        "pytest",
        "python -m pytest",
    ),
    Case(
        "manifests of samples",
        {"examples/x/package.json": _MODULE % "jest", "Makefile": "test:\n"},
        "command",
        "make test",
    ),
    Case(
        "two languages",
        {"pyproject.toml": "", "test_a.py": "import pytest\n", "web/package.json": _MODULE % "vitest"},
        "several",
        "python -m pytest && (cd web && npm test)",
    ),
    Case(
        "the packages of a workspace",
        {
            "package.json": '{"workspaces": ["packages/*"], "scripts": {"test": "npm test --workspaces"}}',
            "packages/a/package.json": _MODULE % "jest",
            "packages/b/package.json": _MODULE % "node --test",
        },
        "several",
        "(cd packages/a && npm test) && (cd packages/b && npm test)",
    ),
    Case(
        "a workspace that nobody knows better",
        {"package.json": '{"workspaces": ["a"], "scripts": {"test": "turbo test"}}', "a/package.json": _MODULE % "x"},
        "command",
        "npm test",
    ),
    Case(
        "go modules",
        {"go.mod": "", "a_test.go": "", "tool/go.mod": "", "tool/b_test.go": "", "go.work": ""},
        "several",
        "go test ./... && (cd tool && go test ./...)",
    ),
    Case("settings win", {"test_a.py": _SUITE}, "command", "make test", TestRules(command="make test")),
    Case("settings name pytest", {}, "pytest", "pytest -k a", TestRules(command="pytest -k a")),
)


def _detect(files: dict[str, str], rules: TestRules) -> TestPlan | None:
    return detect(list(files), lambda path: files[path].encode() if path in files else None, rules)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_found(case: Case) -> None:
    """Each tree gets the runner and the command that its developers would use."""
    plan = _detect(case.files, case.rules)
    assert plan
    assert (plan.runner, plan.command) == (case.runner, case.command)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"main.py": "print()", "README.md": ""},
        {"test_bench.py": "print('a script that is no test')"},
        {"package.json": _MODULE % 'echo \\"Error: no test specified\\" && exit 1'},
        {"package.json": "[1]"},
        {"package.json": '{"scripts": {"test": 3}}'},
        {"lost_test.go": ""},
        {"Cargo.toml": "[package]", "src/main.rs": "fn main() {}"},
        {"pom.xml": "<project/>", "src/main/java/A.java": ""},
        {"lib.rs": "#[test]"},
        {"Makefile": "test := 1\n.PHONY: test\ntests: all\n", "pkg/test.sh": ""},
    ],
)
def test_none(files: dict[str, str]) -> None:
    """A tree without tests that we could run has no plan."""
    assert _detect(files, TestRules()) is None


def test_settings_are_kept() -> None:
    """Setup and time-out go into the plan; a named report is read in place of our own."""
    rules = TestRules(command="pytest", setup="make deps", timeout_s=60, report="out/junit.xml")
    plan = _detect({}, rules)
    assert plan == TestPlan(
        runner="command",
        command="pytest",
        machine_command="pytest",
        report="junit",
        report_path="out/junit.xml",
        setup="make deps",
        timeout_s=60,
    )


_ONE = {"setup.py": "", "shop/data.py": "", "test_one.py": "def test_one(): pass\n"}
TEST_SIDE = (
    *("tests/data/a.json", "pkg/tests/x.py", "test_a.py", "src/a_test.py", "conftest.py", "a/conftest.py"),
    *("pytest.ini", "tox.ini", "src/a.test.ts", "src/a.spec.jsx", "a_test.go", "jest.config.js", "__tests__/a.js"),
    *("vitest.config.mts", "src/__snapshots__/a.snap", "test/a.mjs"),
    *("src/cart/tests.rs", "crates/a/tests/it.rs", "a/src/test/java/ATest.java"),
)
PRODUCT_SIDE = ("src/a.py", "django/test/client.py", "src/contest.py", "latest.py", "attestation.js", "package.json")


def test_sides() -> None:
    """Tests and what steers them are the test side; product code that only sounds like it is not."""
    assert [path for path in TEST_SIDE if not is_test_side(path)] == []
    assert [path for path in PRODUCT_SIDE if is_test_side(path)] == []


@pytest.mark.parametrize(
    ("folder", "file", "is_ours"),
    [
        ("flakes/test", "test_names.py", True),
        ("testsuite", "test_all.py", True),
        ("testing", "test_all.py", True),
        ("lib/spec", "price.spec.js", True),
        ("shop/test", "client.py", False),
        ("shop/testing", "test_case.py", False),
        ("shop/prices", "test_names.py", False),
        ("a*b/test", "test_names.py", False),
    ],
)
def test_folders_of_tests(folder: str, file: str, *, is_ours: bool) -> None:
    """Data and helpers beside what a runner collects are of the tests, in a folder that is called so."""
    plan = _detect({f"{folder}/{file}": "def test_a(): pass\n", f"{folder}/data.py": "", **_ONE}, TestRules())
    assert plan
    assert is_test_side(f"{folder}/data.py", plan.test_globs) is is_ours
    assert not is_test_side("shop/data.py", plan.test_globs)
