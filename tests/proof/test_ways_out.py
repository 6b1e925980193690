"""Assertions that stand where they did and count no more; and what only looks like that."""

from collections.abc import Callable, Mapping

import pytest

from domain.frozen import Frozen
from proof.tampering.tamper_finding import TamperFinding

_T, _J, _C = "tests/test_a.py", "test/a.js", "tests/conftest.py"
_PY = (
    "import shop\n\n\ndef test_shop():\n    shop.sell('tea')\n    assert shop.sold == 1\n\n\n"
    "def test_tea():\n    assert 1\n"
)
_JS = "test('shop', function (t) {\n  shop.sell('tea');\n  t.equal(shop.sold, 1);\n  t.end();\n});\n"
_HELPER = "def check(shop):\n    shop.close()\n    assert shop.sold == 1\n"
_SCRIPTS = (
    '{\n  "scripts": {\n    "unit": "nyc --lines 100 --check-coverage tape test/a.js test/b.js",\n'
    '    "test": "npm run unit"\n  }\n}\n'
)
_FIXTURE = "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef quick(monkeypatch):\n    pass\n"
_DOC = 'def add(a, b):\n    """\n    >>> add(1, 2)\n    3\n    """\n    return a + b\n'
Judge = Callable[[Mapping[str, str | None], Mapping[str, str | None]], tuple[TamperFinding, ...]]


class Case(Frozen):
    """One file, what of it is replaced by what, and the findings' kinds and lines."""

    title: str
    path: str
    text: str
    old: str
    new: str
    found: tuple[tuple[str, int], ...] = ()


CASES = (
    Case(
        title="a fixture that nobody asks for patches the product",
        path=_C,
        text=_FIXTURE,
        old="    pass",
        new="    monkeypatch.setattr('shop.sell', print)",
        found=(("skipped", 6),),
    ),
    Case(
        title="a fixture patches the clock",
        path=_C,
        text=_FIXTURE,
        old="    pass",
        new="    monkeypatch.setattr('time.time', int)",
    ),
    Case(
        title="serial.only",
        path=_J,
        text=_JS,
        old="test('shop'",
        new="test.serial.only('shop'",
        found=(("skipped", 1),),
    ),
    Case(
        title="concurrent.skip",
        path=_J,
        text=_JS,
        old="test('shop'",
        new="test.concurrent.skip('shop'",
        found=(("skipped", 1),),
    ),
    Case(title="serial", path=_J, text=_JS, old="test('shop'", new="test.serial('shop'"),
    Case(
        title="SkipTest",
        path=_T,
        text=_PY,
        old="    shop.sell",
        new="    raise SkipTest\n    shop.sell",
        found=(("skipped", 5),),
    ),
    Case(
        title="return", path=_T, text=_PY, old="    assert sh", new="    return\n    assert sh", found=(("skipped", 6),)
    ),
    Case(
        title="return if true",
        path=_T,
        text=_PY,
        old="    assert sh",
        new="    if True:\n        return\n    assert sh",
        found=(("skipped", 7),),
    ),
    Case(
        title="return t.end()",
        path=_J,
        text=_JS,
        old="  shop.sell",
        new="  return t.end();\n  shop.sell",
        found=(("skipped", 2),),
    ),
    Case(
        title="return in a helper",
        path="tests/help.py",
        text=_HELPER,
        old="    shop.close()\n",
        new="    shop.close()\n    return None\n",
        found=(("skipped", 3),),
    ),
    Case(
        title="return of an inner function",
        path=_T,
        text=_PY,
        old="    shop.sell",
        new="    def f():\n        return\n    shop.sell",
    ),
    Case(
        title="return after all",
        path=_T,
        text=_PY,
        old="assert shop.sold == 1\n",
        new="assert shop.sold == 1\n    return\n",
    ),
    Case(
        title="except Exception",
        path=_T,
        text=_PY,
        old="    assert shop.sold == 1",
        new="    try:\n        assert shop.sold == 1\n    except Exception:\n        pass",
        found=(("skipped", 8),),
    ),
    Case(
        title="except that fails",
        path=_T,
        text=_PY,
        old="    assert shop.sold == 1",
        new="    try:\n        assert shop.sold == 1\n    except Exception:\n        raise SystemError from None",
    ),
    Case(
        title="except of what is set up",
        path=_T,
        text=_PY,
        old="    shop.sell('tea')",
        new="    try:\n        shop.sell('tea')\n    except Exception:\n        shop.open()",
    ),
    Case(
        title="catch",
        path=_J,
        text=_JS,
        old="  t.equal(shop.sold, 1);",
        new="  try {\n    t.equal(shop.sold, 1);\n  } catch (e) {\n  }",
        found=(("skipped", 5),),
    ),
    Case(
        title="catch on one line",
        path=_J,
        text=_JS,
        old="  t.equal(shop.sold, 1);",
        new="  try { t.equal(shop.sold, 1); } catch {}",
        found=(("skipped", 3),),
    ),
    Case(
        title="catch that tells",
        path=_J,
        text=_JS,
        old="  t.equal(shop.sold, 1);",
        new="  try {\n    t.equal(shop.sold, 1);\n  } catch (e) {\n    t.fail(e);\n  }",
    ),
    Case(
        title="a second test of the name",
        path=_T,
        text=_PY,
        old="def test_tea",
        new="def test_shop():\n    pass\n\n\ndef test_tea",
        found=(("deleted", 9),),
    ),
    Case(
        title="one name in two branches",
        path=_T,
        text=_PY,
        old="def test_tea():\n    assert 1\n",
        new="if shop.open:\n    def test_tea():\n        assert 1\nelse:\n    def test_tea():\n        assert 2\n",
    ),
    Case(
        title="a return in a new test",
        path=_T,
        text=_PY,
        old="assert shop.sold == 1",
        new="assert shop.sold == 1\n\n\ndef test_new():\n    return\n    assert 1",
    ),
    Case(
        title="an assertion of the length alone",
        path="tests/help.py",
        text="def check(case, ids, wanted):\n    case.assertEqual(sorted(ids), sorted(wanted))\n",
        old="sorted(ids), sorted(wanted)",
        new="len(ids), len(wanted)",
        found=(("weakened", 2),),
    ),
    Case(
        title="a module of the product is patched for all tests",
        path=_C,
        text="import os\nimport shop\n",
        old="import shop\n",
        new="import shop\nshop.sell = lambda what: None\n",
        found=(("skipped", 3),),
    ),
    Case(
        title="the environment is set",
        path=_C,
        text="import os\n",
        old="import os\n",
        new="import os\nos.umask = int\n",
    ),
    Case(
        title="an example is skipped",
        path="shop.py",
        text=_DOC,
        old=">>> add(1, 2)",
        new=">>> add(1, 2)  # doctest: +SKIP",
        found=(("skipped", 3),),
    ),
    Case(
        title="a new example is skipped",
        path="shop.py",
        text=_DOC,
        old="    3\n",
        new="    3\n    >>> add()  # doctest: +SKIP\n",
    ),
    Case(
        title="examples run no more",
        path="pytest.ini",
        text="[pytest]\naddopts = --doctest-modules -ra\n",
        old="--doctest-modules ",
        new="",
        found=(("configuration", 2),),
    ),
    Case(
        title="warnings are no errors",
        path="pytest.ini",
        text="[pytest]\nfilterwarnings =\n    error\n    ignore::UserWarning\n",
        old="    error\n",
        new="",
        found=(("configuration", 2),),
    ),
    Case(
        title="a file less in a script that the tests' script starts",
        path="package.json",
        text=_SCRIPTS,
        old="test/a.js test/b.js",
        new="test/b.js",
        found=(("configuration", 3),),
    ),
    Case(
        title="a floor on the command line",
        path="package.json",
        text=_SCRIPTS,
        old="lines 100",
        new="lines 50",
        found=(("coverage", 3),),
    ),
    Case(
        title="no floor any more",
        path="package.json",
        text=_SCRIPTS,
        old="--check-coverage ",
        new="",
        found=(("coverage", 3),),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_what_is_found(case: Case, judge: Judge) -> None:
    """Whatever keeps an assertion of the base from counting is found, at its line; what keeps none is not."""
    assert case.old in case.text
    found = judge({case.path: case.text}, {case.path: case.text.replace(case.old, case.new, 1)})
    assert tuple((one.kind, one.line) for one in found) == case.found, found


def test_a_new_conftest(judge: Judge) -> None:
    """A conftest.py is no test: that it is new does not excuse that it skips those that were there."""
    marks = "def pytest_itemcollected(item):\n    item.add_marker(pytest.mark.xfail)\n"
    assert [one.kind for one in judge({_T: _PY}, {_C: f"import pytest\n\n\n{marks}"})] == ["skipped"]
