"""Finds out how a repository's tests are run: from its settings, else from its files."""

from collections.abc import Callable, Sequence

from domain.repository import TestRules
from proof.command_line import plan_of
from proof.detect_go import go_tests
from proof.detect_node import node_tests
from proof.detect_python import python_tests
from proof.detect_script import script_tests
from proof.found import FoundTests
from proof.plan import TestPlan

Read = Callable[[str], bytes | None]


def detect(files: Sequence[str], read: Read, rules: TestRules) -> TestPlan | None:
    """The plan for a tree of `files` (relative, POSIX), or None if it has no tests that we can run.

    A configured command wins. Of several languages the one with a manifest in the root counts, then the
    one with the most test files; without any, the repository's own script for it. `read` gives a file's
    bytes, or None; it is asked for few files.
    """
    if rules.command and rules.command.strip():
        return plan_of(rules.command, rules)
    looked: list[FoundTests | None] = [
        python_tests(files, read, rules),
        node_tests(files, read, rules),
        go_tests(files, rules),
    ]
    found = [tests for tests in looked if tests]
    if not found:
        return script_tests(files, read, rules)
    return max(found, key=lambda tests: (tests.has_manifest, tests.test_files)).plan
