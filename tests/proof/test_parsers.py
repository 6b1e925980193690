"""Reports as the runners write them, and as an attacker might."""

import json
from collections.abc import Callable

import pytest

from domain.report import TestOutcome
from proof.parsers.go import read_go
from proof.parsers.jest import read_jest
from proof.parsers.junit import read_junit
from proof.parsers.lines import read_lines
from proof.parsers.unreadable import Unreadable


def _said(tests: tuple[TestOutcome, ...]) -> dict[str, str]:
    return {test.id: test.status for test in tests}


def test_junit_takes_the_worst() -> None:
    """A test that is reported twice counts by its worst result, wherever its suites are nested."""
    data = b"""<?xml version="1.0"?><!-- <a> --><testsuites><testsuite name="a">
      <testcase classname="t.a" name="x" file="t/a.py"><error message="late"/></testcase>
      <testsuite name="b"><testcase classname="t.a" name="x" file="t/a.py"><failure message="no"/></testcase>
      <testcase classname="other.Base" name="y" file="t/a.py"><skipped/></testcase></testsuite>
      <testcase classname="t.a" name="x" file="t/a.py"/></testsuite></testsuites>"""
    assert read_junit(data) == (
        TestOutcome(id="t/a.py::x", status="failed", message="no", times=2),
        TestOutcome(id="other.Base::y", status="skipped"),
    )


def test_junit_text_may_speak_of_doctypes() -> None:
    """Only a declared document type is refused, not one that a test printed."""
    data = b'<testsuite><testcase name="a"><failure><![CDATA[<!DOCTYPE html>]]></failure></testcase></testsuite>'
    assert read_junit(data) == (TestOutcome(id="a", status="failed", message="<!DOCTYPE html>"),)


def _nested(depth: int) -> bytes:
    return b"<testsuite>" * depth + b"</testsuite>" * depth


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>',
        b'<?xml version="1.0"?>\n<!-- <testsuite> -->\n<!DOCTYPE x><testsuite/>',
        b"<testsuite",
        b"<html/>",
        b"",
        '<?xml version="1.0" encoding="utf-16"?><testsuite/>'.encode("utf-16"),
        _nested(200),
    ],
    ids=["entity", "hidden entity", "torn", "another kind", "empty", "utf-16", "deep"],
)
def test_junit_refused(data: bytes) -> None:
    """What could be an attack, or is no JUnit at all, is unreadable and never half read."""
    with pytest.raises(Unreadable):
        read_junit(data)


def test_lines() -> None:
    """A torn last line is left out; colours in messages are too."""
    data = b'{"id": "a", "status": "failed", "message": "\\u001b[31mno\\u001b[0m"}\n{"id": "b", "sta'
    assert read_lines(data) == (TestOutcome(id="a", status="failed", message="no"),)


_GO = [
    {"Action": "start", "Package": "x/a"},
    {"Action": "run", "Package": "x/a", "Test": "TestA"},
    {"Action": "run", "Package": "x/a", "Test": "TestA/sub"},
    {"Action": "output", "Package": "x/a", "Test": "TestA/sub", "Output": "    a_test.go:5: no\n"},
    {"Action": "fail", "Package": "x/a", "Test": "TestA/sub", "Elapsed": 0},
    {"Action": "fail", "Package": "x/a", "Test": "TestA", "Elapsed": 0},
    {"Action": "run", "Package": "x/a", "Test": "TestB"},
    {"Action": "pass", "Package": "x/a", "Test": "TestB", "Elapsed": 0},
    {"Action": "skip", "Package": "x/a", "Test": "TestC", "Elapsed": 0},
    {"Action": "fail", "Package": "x/a", "Elapsed": 0.1},
    {"Action": "output", "Package": "x/b", "Output": "FAIL\tx/b [build failed]\n"},
    {"Action": "fail", "Package": "x/b", "Elapsed": 0},
    {"Action": "build-output", "ImportPath": "x/c [x/c.test]", "Output": "./c.go:3: undefined: y\n"},
    {"Action": "fail", "Package": "x/c", "Elapsed": 0, "FailedBuild": "x/c [x/c.test]"},
    {"Action": "run", "Package": "x/d", "Test": "TestPanic"},
    {"Action": "skip", "Package": "x/e"},
]


def test_go() -> None:
    """Go tests are told by package and name; a package that does not build is an error with the compiler's words."""
    data = b"# x/b\n./b.go:1: old versions print this\n" + b"\n".join(json.dumps(event).encode() for event in _GO)
    tests = read_go(data)
    assert _said(tests) == {
        "x/a/TestA/sub": "failed",
        "x/a/TestA": "failed",
        "x/a/TestB": "passed",
        "x/a/TestC": "skipped",
        "x/b": "error",
        "x/c": "error",
        "x/d/TestPanic": "failed",
    }
    assert {test.id: test.message for test in tests if test.message} == {
        "x/a/TestA/sub": "    a_test.go:5: no\n",
        "x/b": "FAIL\tx/b [build failed]\n",
        "x/c": "./c.go:3: undefined: y\n",
        "x/d/TestPanic": "it never ended",
    }


def test_jest() -> None:
    """Jest's and vitest's tests are told by file and titles; a file that can't be loaded is an error."""
    report = {
        "numTotalTests": 4,
        "testResults": [
            {
                "name": "/workspace/src/a.test.js",
                "status": "failed",
                "assertionResults": [
                    {"ancestorTitles": ["d"], "title": "x", "status": "passed", "failureMessages": []},
                    {"ancestorTitles": [], "title": "y", "status": "failed", "failureMessages": ["no"]},
                    {"ancestorTitles": [], "title": "z", "status": "todo", "failureMessages": None},
                ],
            },
            {"name": "/workspace/b.test.js", "status": "failed", "message": "lost", "assertionResults": []},
        ],
    }
    assert read_jest(json.dumps(report).encode(), "/workspace") == (
        TestOutcome(id="src/a.test.js > d > x", status="passed"),
        TestOutcome(id="src/a.test.js > y", status="failed", message="no"),
        TestOutcome(id="src/a.test.js > z", status="skipped"),
        TestOutcome(id="b.test.js", status="error", message="lost"),
    )


_READERS: dict[str, Callable[[bytes], object]] = {
    "lines": read_lines,
    "go": read_go,
    "jest": lambda data: read_jest(data, "/workspace"),
}


@pytest.mark.parametrize("reader", _READERS.values(), ids=_READERS.keys())
@pytest.mark.parametrize("data", [b"{}\n", b'{"id": 1}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n", b'{"Action": [1]}\n'])
def test_unreadable(reader: Callable[[bytes], object], data: bytes) -> None:
    """Whatever is not the runner's report is unreadable, and nothing else is raised."""
    with pytest.raises(Unreadable):
        reader(data)
