"""Changes of tests that lose nothing: joined into tables, split, rewritten, moved; and what only looks like them."""

import time
from collections.abc import Callable, Mapping

import pytest

from domain.frozen import Frozen
from proof.tamper import is_untested, text_findings
from proof.tampering.tamper_finding import TamperFinding

_T, _J = "tests/test_a.py", "src/a.test.js"
_THREE = "".join(
    f"def test_{name}():\n    assert f({n}) == {n * n}\n\n\n" for name, n in (("two", 2), ("five", 5), ("six", 6))
)
_TABLE = (
    "import pytest\n\n\n@pytest.mark.parametrize(('n', 'square'), [(2, 4), (5, 25), (6, 36)])\n"
    "def test_squares(n, square):\n    assert f(n) == square\n"
)
_LONG = """def test_shop(shop):
    shop.open()
    shop.sell('tea', 3)
    assert shop.sold('tea') == 3
    assert shop.money == 9
"""
_EACH = "test('two', () => {\n  expect(f(2)).toBe(4);\n});\n\ntest('six', () => {\n  expect(f(6)).toBe(36);\n});\n"
Judge = Callable[[Mapping[str, str | None], Mapping[str, str | None]], tuple[TamperFinding, ...]]


class Case(Frozen):
    """Files before and after, and the kinds and lines of what is found."""

    title: str
    before: dict[str, str]
    after: dict[str, str | None]
    found: tuple[tuple[str, int], ...] = ()


CASES = (
    Case(title="joined into a table", before={_T: _THREE}, after={_T: _TABLE}),
    Case(
        title="joined into a table that lacks one",
        before={_T: _THREE},
        after={_T: _TABLE.replace(", (6, 36)", "")},
        found=(("deleted", 9),),
    ),
    Case(
        title="joined with each",
        before={_J: _EACH},
        after={
            _J: "test.each([[2, 4], [6, 36]])('square of %i', (n, square) => {\n  expect(f(n)).toBe(square);\n});\n"
        },
    ),
    Case(
        title="split",
        before={_T: _LONG},
        after={
            _T: "def test_sold(shop):\n    shop.open()\n    shop.sell('tea', 3)\n    assert shop.sold('tea') == 3\n\n\n"
            "def test_money(shop):\n    shop.open()\n    shop.sell('tea', 3)\n    assert shop.money == 9\n"
        },
    ),
    Case(
        title="another name and another fixture",
        before={_T: _LONG},
        after={_T: _LONG.replace("def test_shop(shop):\n", "@fast\ndef test_tea(open_shop, shop):\n")},
    ),
    Case(
        title="another name and less",
        before={_T: _LONG},
        after={_T: _LONG.replace("test_shop", "test_tea").replace("    assert shop.money == 9\n", "")},
        found=(("weakened", 5),),
    ),
    Case(
        title="moved into a class of another file",
        before={_T: _THREE + _LONG},
        after={
            _T: _THREE,
            "tests/test_b.py": "class TestShop:\n" + "".join(f"    {line}\n" for line in _LONG.splitlines()),
        },
    ),
    Case(
        title="a new file that is skipped as a whole",
        before={},
        after={_T: f"import pytest\n\npytestmark = pytest.mark.skipif(True, reason='x')\n\n\n{_LONG}"},
    ),
    Case(
        title="a skip that holds more seldom",
        before={_T: f"@pytest.mark.skip\n{_LONG}"},
        after={_T: f"@pytest.mark.skipif(sys.platform == 'win32', reason='paths')\n{_LONG}"},
    ),
    Case(
        title="a skip that holds more often",
        before={_T: f"@pytest.mark.skipif(sys.platform == 'win32', reason='paths')\n{_LONG}"},
        after={_T: f"@pytest.mark.skip\n{_LONG}"},
        found=(("skipped", 1),),
    ),
    Case(
        title="a test that ends early",
        before={_T: _LONG},
        after={_T: _LONG.replace("    shop.sell", "    return\n    shop.sell")},
        found=(("skipped", 3),),
    ),
    Case(
        title="a test that ends early if there is no shop",
        before={_T: _LONG},
        after={_T: _LONG.replace("    shop.sell", "    if not shop:\n        return\n    shop.sell")},
        found=(("skipped", 4),),
    ),
    Case(
        title="a check that is never made",
        before={_T: _LONG},
        after={_T: _LONG.replace("    assert shop.money", "    if False:\n        assert shop.money")},
        found=(("skipped", 5),),
    ),
    Case(
        title="a failure that is caught",
        before={_T: _LONG},
        after={
            _T: _LONG.replace(
                "    assert shop.money == 9\n",
                "    try:\n        assert shop.money == 9\n    except AssertionError:\n        pass\n",
            )
        },
        found=(("skipped", 7),),
    ),
    Case(
        title="a hook that drops tests",
        before={"conftest.py": "import pytest\n"},
        after={
            "conftest.py": "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    items[:] = items[:3]\n"
        },
        found=(("skipped", 5),),
    ),
    Case(
        title="a hook that marks tests",
        before={"conftest.py": "import pytest\n"},
        after={
            "conftest.py": "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n"
            "    for item in items:\n        item.add_marker('unit')\n"
        },
    ),
    Case(
        title="a runner of its own",
        before={"a.py": "x = 1\n"},
        after={"pytest.py": "import sys\nsys.exit(0)\n"},
        found=(("configuration", 1),),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_what_is_kept(case: Case, judge: Judge) -> None:
    """Nothing is found where every check is still made somewhere; what got lost on the way is."""
    assert tuple((one.kind, one.line) for one in judge(case.before, case.after)) == case.found


def test_a_finding_names_its_test(judge: Judge) -> None:
    """The rule on what the issue asks for needs to know which test it is about."""
    found = judge({_T: _THREE}, {_T: _THREE.replace("def test_five", "@pytest.mark.skip\ndef test_five")})
    assert [(one.kind, one.about) for one in found] == [("skipped", ("test_five",))]


def _diff(path: str, old: list[str], new: list[str]) -> str:
    lines = [*(f"-{line}\n" for line in old), *(f"+{line}\n" for line in new)]
    return f"--- a/{path}\n+++ b/{path}\n@@ -1,{len(old)} +1,{len(new)} @@\n{''.join(lines)}"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (_T, "abs(" * 50_000, "abs(x) < " * 50_000),
        (_T, "assertAlmostEqual(" + "(a" * 90_000, "assertAlmostEqual(" + "a," * 90_000),
        (_J, "expect(" + "a(" * 90_000, "expect(" + "'" * 90_001),
        ("package.json", '"test": "' + "jest " * 50_000, '"test": "' + "a/" * 90_000),
        (".github/workflows/a.yml", "on: " + "push " * 50_000, "run: " + "pytest " * 50_000),
    ],
    ids=["numbers", "arguments", "brackets", "commands", "workflows"],
)
def test_long_lines_take_little_time(path: str, old: str, new: str) -> None:
    """Hundreds of kilobytes on a line cost no more than a second or two."""
    started = time.monotonic()
    text_findings(_diff(path, [old], [new]))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("path", "old", "new", "untested"),
    [
        ("shop.py", "x = 1", "x = 2", True),
        ("web/app.tsx", "a", "b", True),
        ("shop.py", "# one", "# two", False),
        ("README.md", "a", "b", False),
        ("pyproject.toml", "a = 1", "a = 2", False),
        (_T, "x = 1", "x = 2", False),
    ],
)
def test_code_without_a_test(path: str, old: str, new: str, *, untested: bool) -> None:
    """Only code that changes in more than comments asks for a test."""
    assert is_untested(_diff(path, [old], [new])) is untested
    assert is_untested(_diff(path, [old], [new]) + _diff("tests/test_b.py", ["a"], ["b"])) is False
