"""Assertions and tolerances: what asks for less is found, what asks for the same or more is not."""

from collections.abc import Callable, Mapping

import pytest

from domain.frozen import Frozen
from proof.tampering.tamper_finding import TamperFinding

_P, _J = "tests/test_a.py", "src/a.test.ts"
_HEAD = {_P: "import pytest\n\n\ndef test_one(self):\n", _J: "test('one', () => {\n"}
_TAIL = {
    _P: "\n\ndef test_two():\n    assert two() == 2\n",
    _J: "});\n\ntest('two', () => {\n  expect(two()).toBe(2);\n});\n",
}
_LESS = "an assertion asks for less than before"
_LOST = "an assertion was removed and none put in its place"
_WIDE = "a tolerance or a time limit was widened"
Judge = Callable[[Mapping[str, str | None], Mapping[str, str | None]], tuple[TamperFinding, ...]]


class Case(Frozen):
    """A test's body before and after, and how the finding begins (nothing: innocent)."""

    title: str
    path: str
    before: str
    after: str
    found: str = ""


def _python(title: str, before: str, after: str, found: str = "") -> Case:
    return Case(title=title, path=_P, before=before, after=after, found=found)


def _script(title: str, before: str, after: str, found: str = "") -> Case:
    return Case(title=title, path=_J, before=before, after=after, found=found)


GUILTY = (
    _python("assertEqual to assertTrue", "self.assertEqual(f(1), 3)", "self.assertTrue(f(1))", _LESS),
    _python("equal to one of several", "assert f(1) == 3", "assert f(1) in (3, 4)", _LESS),
    _python("equal to not None", "assert f(1) == 3", "assert f(1) is not None", _LESS),
    _python("equal to a kind", "assert f(1) == [3]", "assert isinstance(f(1), list)", _LESS),
    _python("equal to a length", "assert f(1) == [3]", "assert len(f(1)) == 1", _LESS),
    _python("equal to a bound", "assert len(f(1)) == 3", "assert len(f(1))", _LESS),
    _python("equal to part of a text", "assert str(e) == 'no such file'", "assert 'no' in str(e)", _LESS),
    _python("or", "assert f(1) == 3", "assert f(1) == 3 or True", _LESS),
    _python("or something", "assert f(1) == 3", "assert f(1) == 3 or g()", _LESS),
    _python(
        "any exception", "with pytest.raises(ValueError):\n    f()", "with pytest.raises(Exception):\n    f()", _LESS
    ),
    _python(
        "match removed",
        "with pytest.raises(ValueError, match='x'):\n    f()",
        "with pytest.raises(ValueError):\n    f()",
        _LESS,
    ),
    _python("assertRaisesRegex", "self.assertRaisesRegex(E, 'x', f)", "self.assertRaises(E, f)", _LESS),
    _python("a mock's arguments", "m.assert_called_once_with(1, 2)", "m.assert_called_once()", _LESS),
    _python("an assertion that is always true", "assert f(1) == 3", "assert True", _LOST),
    _python("compared with itself", "x = f(1)\nassert x == 3", "x = f(1)\nassert x == x", _LESS),
    _python("one of two removed", "assert f(1) == 3\nassert g(2) == 4", "assert f(1) == 3", _LOST),
    _python("half of an and", "assert f(1) == 3 and g(2) == 4", "assert f(1) == 3", _LOST),
    _python("commented out", "assert f(1) == 3", "# assert f(1) == 3", _LOST),
    _python("over several lines", "assert f(\n    1,\n    2,\n) == 3", "assert f(\n    1,\n    2,\n)", _LESS),
    _python("approx", "assert f(1) == pytest.approx(3, rel=1e-6)", "assert f(1) == pytest.approx(3, rel=1e-1)", _WIDE),
    _python("approx loosened", "assert f(1) == pytest.approx(3)", "assert f(1) == pytest.approx(3, abs=0.5)", _WIDE),
    _python("places", "self.assertAlmostEqual(f(1), 3, places=5)", "self.assertAlmostEqual(f(1), 3, places=1)", _WIDE),
    _python("places by position", "self.assertAlmostEqual(f(1), 3, 5)", "self.assertAlmostEqual(f(1), 3, 2)", _WIDE),
    _python("delta", "self.assertAlmostEqual(f(1), 3, delta=1)", "self.assertAlmostEqual(f(1), 3, delta=9)", _WIDE),
    _python("a difference", "assert abs(f(1) - 3) < 0.01", "assert abs(f(1) - 3) < 1", _WIDE),
    _python("a time limit", "wait_for(f, timeout=2)\nassert f()", "wait_for(f, timeout=60)\nassert f()", _WIDE),
    _script("toBe to toBeDefined", "  expect(f(1)).toBe(3);", "  expect(f(1)).toBeDefined();", _LESS),
    _script("toEqual to toBeTruthy", "  expect(f(1)).toEqual([3]);", "  expect(f(1)).toBeTruthy();", _LESS),
    _script("expect.anything", "  expect(f(1)).toEqual([3]);", "  expect(f(1)).toEqual(expect.anything());", _LESS),
    _script("arguments", "  expect(m).toHaveBeenCalledWith(1);", "  expect(m).toHaveBeenCalled();", _LESS),
    _script("any error", "  expect(() => f()).toThrow(TypeError);", "  expect(() => f()).toThrow();", _LESS),
    _script("node's assert", "  assert.strictEqual(f(1), 3);", "  assert.ok(f(1));", _LESS),
    _script("tape", "  t.equal(f(1), 3, 'sum');", "  t.ok(f(1));", _LESS),
    _script("tape's own name of a part", "  st.deepEqual(f(1), [3]);", "  st.pass();", _LOST),
    _script("ava", "  t.is(f(1), 3);\n  t.is(f(2), 4);", "  t.is(f(1), 3);", _LOST),
    _script("chai", "  expect(f(1)).to.equal(3);", "  expect(f(1)).to.exist;", _LESS),
    _script("digits", "  expect(f(1)).toBeCloseTo(3, 5);", "  expect(f(1)).toBeCloseTo(3, 1);", _WIDE),
    _script("jest's time limit", "  jest.setTimeout(5000);", "  jest.setTimeout(60000);", _WIDE),
    _script("removed", "  expect(f(1)).toBe(3);\n  expect(g(2)).toBe(4);", "  expect(f(1)).toBe(3);", _LOST),
    _script("nothing", "  expect(f(1)).toBe(3);", "  expect(true).toBe(true);", _LOST),
)
INNOCENT = (
    _script("tape's other way to say it", "  st.equal(f(1, { a: 1 }), 3);", "  st.equal(f(1, { b: 1 }), 3, 'sum');"),
    _script("a plan", "  t.plan(2);\n  t.equal(f(1), 3);", "  t.plan(1);\n  t.strictEqual(f(1), 3);"),
    _python("another layout", "assert f(1)==3", "assert (\n    f(1)\n    == 3\n)"),
    _python("other quotes", "assert f('a') == \"b\"", "assert f(\"a\") == 'b'"),
    _python("unittest to pytest", "self.assertEqual(f(1), 3)", "assert f(1) == 3"),
    _python("assertEqual in words", "self.assertEqual(f(1), 3)", "self.assertTrue(f(1) == 3)"),
    _python("assertEqual to True", "self.assertEqual(f(1), True)", "self.assertTrue(f(1))"),
    _python("empty", "assert f(1) == []", "assert not f(1)"),
    _python("another value", "assert f(1) == 3", "assert f(1) == 4"),
    _python("stricter", "assert f(1)", "assert f(1) == 3"),
    _python(
        "stricter exception",
        "with pytest.raises(Exception):\n    f()",
        "with pytest.raises(ValueError, match='x'):\n    f()",
    ),
    _python("a message added", "assert f(1) == 3", "assert f(1) == 3, 'f is wrong'"),
    _python("a variable", "assert f(1) == 3", "result = f(1)\nassert result == 3"),
    _python("a table", "assert f(1) == 3\nassert f(2) == 4", "for x, y in ((1, 3), (2, 4)):\n    assert f(x) == y"),
    _python("joined", "assert r.status == 200\nassert r.text == 'x'", "assert (r.status, r.text) == (200, 'x')"),
    _python("a helper", "assert r.status == 200\nassert r.text == 'x'", "assert_page(r, 'x')"),
    _python("redundant", "assert f(1) is not None\nassert f(1) == 3", "assert f(1) == 3"),
    _python("one more", "assert f(1) == 3", "assert f(1) is not None\nassert f(1) == 3"),
    _python(
        "a line of a long value", "assert f(1) == [\n    1,\n    2,\n    3,\n]", "assert f(1) == [\n    1,\n    3,\n]"
    ),
    _python("floating point", "assert f(1) == 0.3", "assert f(1) == pytest.approx(0.3)"),
    _python(
        "a tighter tolerance", "assert f(1) == pytest.approx(3, abs=0.5)", "assert f(1) == pytest.approx(3, abs=0.1)"
    ),
    _python("more places", "self.assertAlmostEqual(f(1), 3, places=3)", "self.assertAlmostEqual(f(1), 3, places=5)"),
    _python(
        "a value near a tolerance", "assert f(1) == pytest.approx(3, abs=1)", "assert f(1) == pytest.approx(4, abs=1)"
    ),
    _python("an expected time limit", "assert c.timeout == 5", "assert c.timeout == 9"),
    _python("a shorter time limit", "f(timeout=60)\nassert f()", "f(timeout=2)\nassert f()"),
    _python("order", "assert f(1) == 3\nassert g(2) == 4", "assert g(2) == 4\nassert f(1) == 3"),
    _python("a comment", "assert f(1) == 3", "# assert nothing else\nassert f(1) == 3"),
    _python("another name", "assert shop.price() == 3", "assert shop.cost() == 3"),
    _script("another layout", "  expect(f(1)).toEqual({a: 1})", "  expect(f(1)).toEqual({\n    a: 1,\n  });"),
    _script("other quotes", "  expect(f('a')).toBe('b');", '  expect(f("a")).toBe("b");'),
    _script("stricter", "  expect(f(1)).toBeDefined();", "  expect(f(1)).toEqual([3]);"),
    _script("another value", "  expect(f(1)).toBe(3);", "  expect(f(1)).toBe(4);"),
    _script("true", "  expect(f(1)).toBe(true);", "  expect(f(1)).toBeTruthy();"),
    _script("jest to node", "  expect(f(1)).toBe(3);", "  assert.strictEqual(f(1), 3);"),
    _script("stricter equality", "  expect(f(1)).toEqual([3]);", "  expect(f(1)).toStrictEqual([3]);"),
    _script("a stricter error", "  expect(() => f()).toThrow();", "  expect(() => f()).toThrow(TypeError);"),
    _script("awaited", "  expect(await f(1)).toBe(3);", "  await expect(f(1)).resolves.toBe(3);"),
)


def _file(path: str, body: str) -> str:
    indented = "".join(f"    {line}\n" for line in body.split("\n")) if path == _P else f"{body}\n"
    return _HEAD[path] + indented + _TAIL[path]


@pytest.mark.parametrize("case", [*GUILTY, *INNOCENT], ids=lambda case: f"{case.path[-2:]} {case.title}")
def test_assertions(case: Case, judge: Judge) -> None:
    """What asks for less gives one finding at its line; a refactoring, another value or more gives none."""
    found = judge({case.path: _file(case.path, case.before)}, {case.path: _file(case.path, case.after)})
    assert [one.text.split(" (")[0] for one in found] == ([case.found] if case.found else [])
    assert all(one.path == case.path and 1 < one.line < 12 for one in found)


@pytest.mark.parametrize(("new", "found"), [("assert value", True), ("assert value == 3", False)])
def test_the_same_words_in_a_new_test_are_no_excuse(judge: Judge, new: str, *, found: bool) -> None:
    """A test that loses its assertion for a looser one is weakened, though a new test says what it said."""
    body = "value = {}\nassert value == 3"
    after = body.format("f(1)").replace("assert value == 3", new)
    more = _file(_P, body.format("g(1)")).removeprefix(_HEAD[_P]).removesuffix(_TAIL[_P])
    changed = f"{_file(_P, after)}\n\ndef test_three():\n{more}"
    told = judge({_P: _file(_P, body.format("f(1)"))}, {_P: changed})
    assert [one.text.split(" (")[0] for one in told] == ([_LESS] if found else [])
