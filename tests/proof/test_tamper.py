"""Findings in the diffs that git itself makes of small changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from proof.tamper import text_findings
from proof.tampering.tamper_finding import TamperFinding

_PYTHON = """import pytest


def test_price():
    shop = open_shop()
    assert shop.price() == 3
    assert shop.tax() == 1


class TestBasket:
    def test_empty(self):
        basket = Basket()
        basket.clear()
        self.assertEqual(basket.items, [])


def test_last():
    assert last() == 1
"""
_JAVASCRIPT = """import { test, describe, expect } from 'vitest';

test('adds', () => {
  expect(add(1, 2)).toBe(3);
});

describe('basket', () => {
  it('is empty', () => {
    expect(items()).toEqual([]);
  });
});
"""
_GO = """package shop

func TestPrice(t *testing.T) {
	if price() != 3 {
		t.Errorf("wrong")
	}
}
"""
Judge = Callable[[Mapping[str, str | None], Mapping[str, str | None]], tuple[TamperFinding, ...]]
_SKIP = "@pytest.mark.skip\n"


@dataclass(frozen=True)
class Case:
    """Files before and after (None: not there), and what must be found."""

    title: str
    before: dict[str, str]
    after: dict[str, str | None]
    found: tuple[str, ...] = ()


def _changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


_PRICE = "def test_price():\n    shop = open_shop()\n    assert shop.price() == 3\n    assert shop.tax() == 1\n\n\n"
_T, _J, _G = "tests/test_a.py", "src/a.test.js", "a_test.go"
CASES = (
    Case(
        "a test deleted",
        {_T: _PYTHON},
        {_T: _changed(_PYTHON, _PRICE, "")},
        (f"{_T}:4: the test test_price was deleted",),
    ),
    Case("a file deleted", {_T: _PYTHON}, {_T: None}, (f"{_T}:1: the file was deleted with its 3 tests",)),
    Case("a file renamed", {_T: _PYTHON}, {_T: None, "tests/test_b.py": _PYTHON + "\n# moved\n"}),
    Case(
        "a file renamed so that nothing collects it",
        {_T: _PYTHON},
        {_T: None, "tests/old_a.txt": _PYTHON},
        (f"tests/old_a.txt:1: a file of tests was renamed so that it may not run any more (it was {_T})",),
    ),
    Case(
        "a path that git quotes",
        {"tests/test_\u00e4 b.py": _PYTHON},
        {"tests/test_\u00e4 b.py": _changed(_PYTHON, "    assert last() == 1\n", "    pass\n")},
        ("tests/test_\u00e4 b.py:18: an assertion was removed and none put in its place (assert last() == 1)",),
    ),
    Case(
        "a test moved",
        {_T: _PYTHON, "tests/test_b.py": "import pytest\n"},
        {_T: _changed(_PYTHON, _PRICE, ""), "tests/test_b.py": "import pytest\n\n\n" + _PRICE},
    ),
    Case("a test renamed", {_T: _PYTHON}, {_T: _changed(_PYTHON, "test_price", "test_prices")}),
    Case("a test added", {_T: _PYTHON}, {_T: _PYTHON + "\n\n" + _PRICE.replace("price", "cost")}),
    Case(
        "a skip added",
        {_T: _PYTHON},
        {_T: _changed(_PYTHON, "def test_price", f"{_SKIP}def test_price")},
        (f"{_T}:4: a test is skipped or expected to fail (@pytest.mark.skip)",),
    ),
    Case(
        "an xfail in a method",
        {_T: _PYTHON},
        {
            _T: _changed(
                _PYTHON, "        basket = Basket()", "        pytest.xfail('later')\n        basket = Basket()"
            )
        },
        (f"{_T}:12: a test is skipped or expected to fail (pytest.xfail('later'))",),
    ),
    Case(
        "a whole module skipped",
        {_T: _PYTHON},
        {_T: _changed(_PYTHON, "import pytest\n", "import pytest\n\npytestmark = pytest.mark.skip\n")},
        (f"{_T}:3: other tests are left out (pytestmark = pytest.mark.skip)",),
    ),
    Case(
        "a new test that is skipped", {_T: _PYTHON}, {_T: f"{_PYTHON}\n\n{_SKIP}def test_new():\n    assert later()\n"}
    ),
    Case(
        "a new test that skips itself",
        {_T: _PYTHON},
        {_T: f"{_PYTHON}\n\ndef test_new():\n    pytest.importorskip('numpy')\n    assert later()\n"},
    ),
    Case("a new file with skips", {}, {_T: _changed(_PYTHON, "def test_price", f"{_SKIP}def test_price")}),
    Case("a comment about skips", {_T: _PYTHON}, {_T: _PYTHON + "# never use pytest.skip(\n"}),
    Case(
        "a skip moved along",
        {_T: _PYTHON + _SKIP + "def test_x():\n    assert x()\n", "tests/test_b.py": "y = 1\n"},
        {_T: _PYTHON, "tests/test_b.py": "y = 1\n\n\n" + _SKIP + "def test_x():\n    assert x()\n"},
    ),
    Case(
        "assertions removed",
        {_T: _PYTHON},
        {_T: _changed(_PYTHON, "    assert shop.price() == 3\n    assert shop.tax() == 1\n", "")},
        (f"{_T}:6: an assertion was removed and none put in its place (assert shop.price() == 3)",),
    ),
    Case(
        "a method's assertion replaced by nothing",
        {_T: _PYTHON},
        {_T: _changed(_PYTHON, "self.assertEqual(basket.items, [])", "pass")},
        (f"{_T}:14: an assertion was removed and none put in its place (self.assertEqual(basket.items, []))",),
    ),
    Case("an expectation changed", {_T: _PYTHON}, {_T: _changed(_PYTHON, "== 3", "== 4")}),
    Case(
        "assertions put into a helper",
        {_T: _PYTHON},
        {_T: _changed(_PYTHON, "    assert shop.price() == 3\n    assert shop.tax() == 1\n", "    check_shop(shop)\n")},
    ),
    Case(
        "product code",
        {"src/a.py": "def test():\n    assert x\n"},
        {"src/a.py": "x = 1\n"},
    ),
    Case(
        "tests left out by settings",
        {"pytest.ini": "[pytest]\n"},
        {"pytest.ini": "[pytest]\naddopts = --ignore=tests/test_a.py\n"},
        ("pytest.ini:2: fewer tests are run than before (addopts = --ignore=tests/test_a.py)",),
    ),
    Case(
        "a conftest that ignores",
        {},
        {"conftest.py": "collect_ignore = ['tests']\n"},
        ("conftest.py:1: fewer tests are run than before (collect_ignore = ['tests'])",),
    ),
    Case(
        "JavaScript skipped",
        {_J: _JAVASCRIPT},
        {_J: _changed(_JAVASCRIPT, "it('is", "it.skip('is")},
        (f"{_J}:8: a test is skipped or expected to fail (it.skip('is empty', () => {{)",),
    ),
    Case(
        "JavaScript only",
        {_J: _JAVASCRIPT},
        {_J: _JAVASCRIPT + "\ntest.only('new', () => {\n  expect(1).toBe(1);\n});\n"},
        (f"{_J}:13: other tests are left out (test.only('new', () => {{)",),
    ),
    Case(
        "JavaScript deleted",
        {_J: _JAVASCRIPT},
        {_J: _changed(_JAVASCRIPT, "  it('is empty', () => {\n    expect(items()).toEqual([]);\n  });\n", "")},
        (f"{_J}:8: the test 'is empty' was deleted",),
    ),
    Case(
        "JavaScript data that says skip",
        {_J: _JAVASCRIPT},
        {_J: _changed(_JAVASCRIPT, "add(1, 2)", "list({ skip: 10, limit: 5 })")},
    ),
    Case(
        "Go skipped",
        {_G: _GO},
        {_G: _changed(_GO, "\tif price", "\tt.Skip()\n\tif price")},
        (f"{_G}:4: a test is skipped or expected to fail (t.Skip())",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_findings(case: Case, judge: Judge) -> None:
    """Tests that count less than before are found at their line; moves, renames and what is new are not."""
    assert tuple(map(str, judge(case.before, case.after))) == case.found


def test_unreadable() -> None:
    """A diff that can't be read is a finding, never a pass."""
    broken = "--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1,9 +1,9 @@\n x\n"
    assert tuple(map(str, text_findings(broken))) == ("the diff can't be read, so its tests could not be compared",)
