"""Runs unittest as `python -m unittest` does and writes one JSON line a test.

Runs inside the sandbox with the repository's own Python (3.8 or newer) as `python -c TEXT ARGS`, so it may
import the standard library only. It writes to `$CLAUDE_CLUSTER_REPORT` and, if `$CLAUDE_CLUSTER_ONLY` is
set, runs only the tests with these ids (one a line).
"""
# ruff: noqa: N802, PTH123 - unittest's names; pathlib would import more than the standard runner does

import inspect
import json
import os
import sys
import unittest
from typing import Any

_REPORT = os.environ.pop("CLAUDE_CLUSTER_REPORT", os.devnull)
_ONLY = set(os.environ.pop("CLAUDE_CLUSTER_ONLY", "").splitlines())
os.environ.pop("CLAUDE_CLUSTER_RUNNER", None)


class _Result(unittest.TextTestResult):
    """Writes down whatever happens to a test; of several lines for one test, the reader takes the worst."""

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        _write(test, "passed")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        _write(test, "failed" if _in_body(test, err[2]) else "error", _message(err))

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        _write(test, "failed" if _in_body(test, err[2]) else "error", _message(err))

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        _write(test, "skipped", reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        super().addExpectedFailure(test, err)
        _write(test, "skipped", "expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:
        super().addUnexpectedSuccess(test)
        _write(test, "failed", "unexpected success")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err:
            _write(test, "failed", f"{subtest}: {_message(err)}")


class _Runner(unittest.TextTestRunner):
    resultclass: Any = _Result

    def run(self, test: Any) -> Any:
        """Run the suite, or only the tests that were asked for."""
        return super().run(unittest.TestSuite(_chosen(test)) if _ONLY else test)


def _write(test: Any, status: str, message: str = "") -> None:
    name = str(test.id()).replace("unittest.loader._FailedTest.", "").replace("unittest.loader.ModuleSkipped.", "")
    with open(_REPORT, "a", encoding="utf-8", errors="replace") as report:
        report.write(json.dumps({"id": name, "status": status, "message": message[:2000]}) + "\n")


def _message(err: Any) -> str:
    return f"{err[0].__name__}: {err[1]}"


def _in_body(test: Any, frames: Any) -> bool:
    """Whether the traceback goes through the test method, not only through set-up or an import."""
    if type(test).__module__ == "unittest.loader":
        return False
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    body = getattr(inspect.unwrap(method), "__code__", None) if method else None
    while frames is not None:
        if frames.tb_frame.f_code is body:
            return True
        frames = frames.tb_next
    return False


def _chosen(suite: Any) -> Any:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _chosen(test)
        elif test.id() in _ONLY:
            yield test


if __name__ == "__main__":
    open(_REPORT, "w", encoding="utf-8").close()
    unittest.main(module=None, argv=["python -m unittest", *sys.argv[1:]], testRunner=_Runner)
