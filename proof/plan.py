"""How a repository's tests are run, and which of its paths belong to the tests."""

from functools import lru_cache
from typing import Literal

import pathspec

from domain.frozen import Frozen

Runner = Literal[
    "pytest",
    "unittest",
    "node",
    "borp",
    "jest",
    "vitest",
    "mocha",
    "jasmine",
    "lab",
    "bun",
    "tap",
    "go",
    "cargo",
    "maven",
    "command",
    "several",
]
ReportKind = Literal["junit", "surefire", "lines", "jest", "tap", "go", "cargo", "none"]

TEST_GLOBS = (
    "tests/",
    "/test/",
    "/spec/",
    "**/src/test/",
    *(f"/{group}/*/{name}/" for group in ("packages", "apps", "libs", "crates") for name in ("test", "spec")),
    "/cypress/",
    "/e2e/",
    "__tests__/",
    "__mocks__/",
    "__fixtures__/",
    "__snapshots__/",
    "*.snap",
    "*.ambr",
    "testdata/",
    "test_*.py",
    "*_test.py",
    "*_tests.py",
    "test.py",
    "tests.py",
    "conftest.py",
    "noxfile.py",
    ".coveragerc",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "*_test.go",
    "*_test.rs",
    "*_tests.rs",
    "test.rs",
    "tests.rs",
    *(f"*.{word}.{mark}{kind}" for word in ("test", "spec") for mark in ("", "c", "m") for kind in ("js", "ts")),
    *(f"*.{word}.{kind}" for word in ("test", "spec") for kind in ("jsx", "tsx")),
    "/test.js",
    "/test.mjs",
    "/test.cjs",
    "/test.sh",
    "/tests.sh",
    "/run_tests.sh",
    "/run-tests.sh",
    "jest.config.*",
    "jest.setup.*",
    "vitest.config.*",
    "vitest.setup.*",
    "vitest.workspace.*",
    ".mocharc.*",
    ".nycrc*",
    ".c8rc*",
    ".taprc",
    "ava.config.*",
    "karma.conf.*",
    "playwright.config.*",
    "cypress.config.*",
)


class TestPlan(Frozen):
    """How the tests are run.

    `command` is what people and the agent type. `machine_command` is what we run, in `folder` (relative; empty
    is the root): the shell line that also writes a report of kind `report` to the path in
    `$CLAUDE_CLUSTER_REPORT`, or to `report_path` (relative to `folder`, may be a glob for several files) where
    the runner or the repository's settings name one. `setup` makes the environment; `timeout_s` is in seconds;
    `test_globs` are read as git reads them. With `parts`, the plan is those, one after another. `left_out` is what
    `command` does besides testing and we don't run (linters, audits), each as a shell line.
    """

    __test__ = False

    runner: Runner
    command: str
    machine_command: str
    report: ReportKind
    report_path: str | None = None
    setup: str | None = None
    timeout_s: int = 900
    test_globs: tuple[str, ...] = TEST_GLOBS
    folder: str = ""
    parts: tuple["TestPlan", ...] = ()
    left_out: tuple[str, ...] = ()


def is_test_side(path: str, globs: tuple[str, ...] = TEST_GLOBS) -> bool:
    """Whether a path (relative, POSIX) belongs to the tests: the tests themselves and what steers them."""
    return _spec(globs).match_file(path)


@lru_cache(maxsize=64)
def _spec(globs: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(globs)
