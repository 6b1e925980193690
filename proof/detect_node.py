"""Finds the tests of a Node.js package in the root."""

import json
import re
from collections.abc import Callable, Sequence

from domain.repository import TestRules
from proof.command_line import plan_of, script_plan
from proof.found import FoundTests

_TEST_FILE = re.compile(
    r"(?:^|/)(?:test|[^/]+[.\-_]test|test-[^/]+)\.[cm]?[jt]sx?$"
    r"|\.spec\.[cm]?[jt]sx?$|(?:^|/)(?:test|tests|__tests__)/[^\0]*\.[cm]?[jt]sx?$"
)
_NODE_TEST = re.compile(rb"""(?:from|require\()\s*['"]node:test['"]""")
_PLACEHOLDER = "no test specified"
_READ_AT_MOST = 20


def node_tests(files: Sequence[str], read: Callable[[str], bytes | None], rules: TestRules) -> FoundTests | None:
    """`npm test` if the package has a test script, else `node --test` if files import `node:test`."""
    tests = [path for path in files if _TEST_FILE.search(path) and "node_modules/" not in path]
    script = _test_script(read("package.json") if "package.json" in files else None)
    if script and _PLACEHOLDER not in script:
        plan = script_plan(script, "npm test", rules)
        return FoundTests(plan=plan, has_manifest=True, test_files=len(tests))
    if not any(_NODE_TEST.search(read(path) or b"") for path in tests[:_READ_AT_MOST]):
        return None
    plan = plan_of("node --test", rules)
    return FoundTests(plan=plan, has_manifest="package.json" in files, test_files=len(tests))


def _test_script(manifest: bytes | None) -> str:
    try:
        script = json.loads(manifest or b"{}")["scripts"]["test"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return script if isinstance(script, str) else ""
