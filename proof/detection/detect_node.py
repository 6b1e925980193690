"""Finds the tests of a Node.js package in the root."""

import json
import re
from collections.abc import Sequence
from typing import Any

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.found import FoundTests
from proof.detection.package_script import script_plan
from proof.detection.project_tree import ProjectTree
from proof.plan import Runner

_TEST_FILE = re.compile(
    r"(?:^|/)(?:test|[^/]+[.\-_]test|test-[^/]+)\.[cm]?[jt]sx?$"
    r"|\.spec\.[cm]?[jt]sx?$|(?:^|/)(?:test|tests|__tests__)/[^\0]*\.[cm]?[jt]sx?$"
)
_NODE_TEST = re.compile(rb"""(?:from|require\()\s*['"]node:test['"]""")
_TAPS = frozenset({"tape", "tap"})
_PLACEHOLDER = "no test specified"
_READ_AT_MOST = 20


def node_tests(tree: ProjectTree, rules: TestRules) -> FoundTests | None:
    """`npm test` if the package has a test script, else `node --test` if files import `node:test`."""
    tests = [path for path in tree.files if _TEST_FILE.search(path) and "node_modules/" not in path]
    package = _package(tree)
    scripts = _scripts(package)
    script = scripts.get("test", "")
    if script and _PLACEHOLDER not in script:
        plan = script_plan("test", scripts, rules, own=_own(tree, tests, package))
        return FoundTests(plan=plan, has_manifest=True, test_files=len(tests))
    if not _of_node(tree, tests):
        return None
    plan = plan_of("node --test", rules)
    return FoundTests(plan=plan, has_manifest="package.json" in tree.files, test_files=len(tests))


def packages_instead(tree: ProjectTree, root: FoundTests) -> bool:
    """Whether the root's tests only start those of its packages, which tell single tests when started one by one."""
    is_workspace = "pnpm-workspace.yaml" in tree.files or bool(_package(tree).get("workspaces"))
    return is_workspace and root.plan.runner == "command"


def _own(tree: ProjectTree, tests: Sequence[str], package: dict[str, Any]) -> Runner | None:
    """What makes tests programs of their own, if the package has it."""
    return "tap" if _taps(package) else "node" if _of_node(tree, tests) else None


def _of_node(tree: ProjectTree, tests: Sequence[str]) -> bool:
    return any(_NODE_TEST.search(tree.read(path) or b"") for path in tests[:_READ_AT_MOST])


def _taps(package: dict[str, Any]) -> bool:
    asked = (package.get(kind) for kind in ("devDependencies", "dependencies"))
    return any(isinstance(one, dict) and not _TAPS.isdisjoint(one) for one in asked)


def _package(tree: ProjectTree) -> dict[str, Any]:
    data = tree.read("package.json") if "package.json" in tree.files else None
    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _scripts(package: dict[str, Any]) -> dict[str, str]:
    scripts = package.get("scripts")
    if not isinstance(scripts, dict):
        return {}
    return {name: line for name, line in scripts.items() if isinstance(line, str)}
