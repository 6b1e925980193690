"""Finds Go tests."""

from collections.abc import Sequence

from domain.repository import TestRules
from proof.command_line import plan_of
from proof.found import FoundTests


def go_tests(files: Sequence[str], rules: TestRules) -> FoundTests | None:
    """`go test ./...` if there is a module in the root and a test file in it."""
    count = sum(path.endswith("_test.go") for path in files)
    if not count or "go.mod" not in files:
        return None
    return FoundTests(plan=plan_of("go test ./...", rules), has_manifest=True, test_files=count)
