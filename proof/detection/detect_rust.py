"""Finds Rust tests."""

import re

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.found import FoundTests
from proof.detection.project_tree import ProjectTree

_TEST_FILE = re.compile(r"(?:^|/)tests/[^/]+\.rs$|(?:^|/)tests/[^/]+/main\.rs$")
_TEST = re.compile(rb"#\[(?:[\w:]+::)?test\b|#\[cfg\(test\)\]|#\[rstest\]|(?m:^\s*//[/!] ```)")
_WORKSPACE = re.compile(rb"(?m)^\s*\[workspace[\].]")
_READ_AT_MOST = 200


def rust_tests(tree: ProjectTree, rules: TestRules) -> FoundTests | None:
    """`cargo test` if there is a manifest in the root and a test in some file; of a workspace, all packages."""
    manifest = tree.read("Cargo.toml") if "Cargo.toml" in tree.files else None
    if manifest is None:
        return None
    sources = [path for path in tree.files if path.endswith(".rs")]
    tests = {path for path in sources if _TEST_FILE.search(path)}
    others = [path for path in sources if path not in tests][:_READ_AT_MOST]
    count = len(tests) + sum(bool(_TEST.search(tree.read(path) or b"")) for path in others)
    if not count:
        return None
    command = "cargo test --workspace" if _WORKSPACE.search(manifest) else "cargo test"
    return FoundTests(plan=plan_of(command, rules), has_manifest=True, test_files=count)
