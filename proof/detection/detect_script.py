"""Finds tests that only the repository's own scripts know how to run."""

import re
from collections.abc import Callable, Sequence

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.plan import TestPlan

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_TARGET = re.compile(rb"(?m)^(test|check)[ \t]*::?(?!=)")
_SCRIPTS = ("test.sh", "tests.sh", "run_tests.sh", "run-tests.sh", "tests/run.sh", "test/run.sh")


def script_tests(files: Sequence[str], read: Callable[[str], bytes | None], rules: TestRules) -> TestPlan | None:
    """`make test` or `make check` if the root's Makefile has the target, else a shell script named for it."""
    known = set(files)
    makefile = next((name for name in _MAKEFILES if name in known), None)
    targets = _TARGET.findall(read(makefile) or b"") if makefile else []
    if targets:
        return plan_of("make test" if b"test" in targets else "make check", rules)
    script = next((name for name in _SCRIPTS if name in known), None)
    return plan_of(f"bash {script}", rules) if script else None
