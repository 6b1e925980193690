"""Reports of cargo, Maven and the Test Anything Protocol."""

import json
from collections.abc import Callable

import pytest

from domain.report import TestOutcome
from proof.parsers.cargo import printed, read_cargo
from proof.parsers.surefire import read_surefire
from proof.parsers.tap import read_tap
from proof.parsers.unreadable import Unreadable


def _said(tests: tuple[TestOutcome, ...]) -> dict[str, str]:
    return {test.id: test.status for test in tests}


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
