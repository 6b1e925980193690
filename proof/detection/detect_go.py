"""Finds Go tests."""

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.found import FoundTests
from proof.detection.project_tree import ProjectTree


def go_tests(tree: ProjectTree, rules: TestRules) -> FoundTests | None:
    """`go test ./...` if there is a module in the root and a test file in it."""
    count = sum(path.endswith("_test.go") for path in tree.files)
    if not count or "go.mod" not in tree.files:
        return None
    return FoundTests(plan=plan_of("go test ./...", rules), has_manifest=True, test_files=count)
