"""Reports as the runners write them, and as an attacker might."""

import json
from collections.abc import Callable

import pytest

from domain.report import TestOutcome
from proof.parsers.cargo import printed, read_cargo
from proof.parsers.go import read_go
from proof.parsers.jest import read_jest
from proof.parsers.junit import read_junit
from proof.parsers.lines import read_lines
from proof.parsers.mocha import read_mocha
from proof.parsers.surefire import read_surefire
from proof.parsers.tap import read_tap
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


def test_mocha() -> None:
    """Mocha's tests are told by file and full title; a failed hook is an error."""
    file = "/workspace/test.js"
    report = {
        "passes": [{"title": "x", "fullTitle": "d x", "file": file, "err": {}}],
        "pending": [{"title": "z", "fullTitle": "z", "file": file, "err": {}}],
        "failures": [
            {"title": "y", "fullTitle": "y", "file": file, "err": {"message": "no"}},
            {
                "title": '"before all" hook for "h"',
                "fullTitle": 'd "before all" hook for "h"',
                "err": {"message": "db"},
            },
        ],
    }
    assert read_mocha(json.dumps(report).encode(), "/workspace") == (
        TestOutcome(id="test.js > d x", status="passed"),
        TestOutcome(id="test.js > z", status="skipped"),
        TestOutcome(id="test.js > y", status="failed", message="no"),
        TestOutcome(id='d "before all" hook for "h"', status="error", message="db"),
    )


_READERS: dict[str, Callable[[bytes], object]] = {
    "lines": read_lines,
    "go": read_go,
    "jest": lambda data: read_jest(data, "/workspace"),
    "mocha": lambda data: read_mocha(data, "/workspace"),
}


@pytest.mark.parametrize("reader", _READERS.values(), ids=_READERS.keys())
@pytest.mark.parametrize("data", [b"{}\n", b'{"id": 1}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n", b'{"Action": [1]}\n'])
def test_unreadable(reader: Callable[[bytes], object], data: bytes) -> None:
    """Whatever is not the runner's report is unreadable, and nothing else is raised."""
    with pytest.raises(Unreadable):
        reader(data)


def _artifact(package: str, target: str, program: str) -> str:
    message = {
        "reason": "compiler-artifact",
        "package_id": f"path+file:///workspace/{package}#0.1.0",
        "manifest_path": f"/workspace/{package}/Cargo.toml",
        "target": {"kind": ["test"], "name": target},
        "executable": f"/workspace/target/debug/deps/{program}",
    }
    return json.dumps(message, separators=(",", ":"))


_CARGO = "\n".join(
    [
        _artifact("shop", "it", "it-01"),
        _artifact("till", "it", "it-02"),
        "     Running unittests src/lib.rs (target/debug/deps/shop-00)",
        "running 3 tests",
        "test tests::adds ... ok",
        "test tests::wrong ... FAILED",
        "test tests::panics - should panic ... ok",
        "failures:",
        "---- tests::wrong stdout ----",
        "assertion failed",
        "failures:",
        "    tests::wrong",
        "test result: FAILED. 2 passed; 1 failed",
        "     Running tests/it.rs (target/debug/deps/it-01)",
        "running 1 test",
        "test whole ... ignored, later",
        "test result: ok. 0 passed",
        "     Running tests/it.rs (target/debug/deps/it-02)",
        "running 2 tests",
        "thread 'deep' (7) has overflowed its stack",
        "error: test failed, to rerun pass `-p till --test it`",
        "   Doc-tests shop",
        "running 1 test",
        "test src/lib.rs - add (line 3) ... ok",
        "test result: ok. 1 passed",
    ]
)


def test_cargo() -> None:
    """Tests are told by package and target; a program that dies is an error, its overflow the test's failure."""
    assert [(test.id, test.status, test.message) for test in read_cargo(_CARGO.encode())] == [
        ("shop > tests::adds", "passed", ""),
        ("shop > tests::wrong", "failed", "assertion failed"),
        ("shop > tests::panics", "passed", ""),
        ("shop > tests/it.rs > whole", "skipped", ""),
        ("till > tests/it.rs > deep", "failed", "thread 'deep' (7) has overflowed its stack"),
        ("till > tests/it.rs", "error", "the test program died"),
        ("src/lib.rs - add", "passed", ""),
    ]
    assert "compiler-artifact" not in printed(_CARGO.encode())


def test_cargo_that_does_not_build() -> None:
    """A crate that does not compile is an error with the compiler's words."""
    data = b"error[E0425]: cannot find value `x`\nerror: could not compile `shop` (lib test) due to 1 previous error\n"
    assert [(test.id, test.status, test.message.splitlines()[0]) for test in read_cargo(data)] == [
        ("shop", "error", "error[E0425]: cannot find value `x`")
    ]


def test_surefire_tells_bodies_from_set_up() -> None:
    """An exception that came through the test's method is its failure; any other is an error."""
    case = (
        '<testcase classname="acme.T" name="{0}"><error message="m" type="X">java.lang.X: m\n\tat acme.T.{1}(T.java:5)'
    )
    cases = "".join(case.format(*names) + "</error></testcase>" for names in (("adds(int)[1]", "adds"), ("b", "setUp")))
    data = f'<testsuite name="acme.T"><testcase classname="acme.T" name="c"/>{cases}</testsuite>'.encode()
    assert _said(read_surefire([data, b'<testsuite><testcase classname="acme.U" name="d"/></testsuite>'])) == {
        "acme.T::c": "passed",
        "acme.T::adds(int)[1]": "failed",
        "acme.T::b": "error",
        "acme.U::d": "passed",
    }


_TAPE = """TAP version 13
# adds
ok 1 should be equal
ok 2 should be equal
# subtracts
not ok 3 should be equal
  ---
    operator: equal
  ...
something a test printed
# later # SKIP
ok 4 waits # SKIP

1..4
# tests 4
# pass  3
# fail  1
"""
_NODE_TAP = """TAP version 14
# Subtest: test/a.js
    # Subtest: adds
        ok 1 - should be equal
        1..1
    ok 1 - adds # time=2ms
    # Subtest: breaks
        not ok 1 - should be equal
          ---
          diff: no
          ...
        1..1
    not ok 2 - breaks # time=1ms
    ok 3 - waits # TODO
    1..3
not ok 1 - test/a.js # time=20ms
1..1
"""


def test_tap() -> None:
    """A test of tape is its title, one of node-tap its titles; assertions are counted together."""
    assert _said(read_tap(_TAPE.encode())) == {"adds": "passed", "subtracts": "failed", "later": "skipped"}
    assert next(test.message for test in read_tap(_TAPE.encode()) if test.status == "failed") == (
        "should be equal\noperator: equal"
    )
    assert _said(read_tap(_NODE_TAP.encode())) == {
        "test/a.js > adds": "passed",
        "test/a.js > breaks": "failed",
        "test/a.js": "skipped",
    }
    assert _said(read_tap(b"1..2\nok 1 first\nnot ok 2 second # TODO\n")) == {"first": "passed", "second": "skipped"}


@pytest.mark.parametrize(
    "data",
    [b"TAP version 13\n# adds\nok 1 fine\n# breaks\n", b"1..3\n# adds\nok 1 fine\n# breaks\n"],
    ids=["no plan", "too few"],
)
def test_tap_that_stops(data: bytes) -> None:
    """A stream that ends before its plan has a test that never ended."""
    assert _said(read_tap(data)) == {"adds": "passed", "breaks": "failed"}


@pytest.mark.parametrize("read", [read_cargo, read_tap], ids=["cargo", "tap"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"hello\n" * 3, b'{"reason":"compiler-artifact","target":3}\n'])
def test_text_of_another_kind(read: Callable[[bytes], object], data: bytes) -> None:
    """What is not the runner's is unreadable."""
    with pytest.raises(Unreadable):
        read(data)
