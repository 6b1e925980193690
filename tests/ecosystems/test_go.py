"""Go modules."""

from collections.abc import Callable
from typing import Any

import pytest

_SHOP = "package shop\n\nfunc Add(a, b int) int {{ return a {sign} b }}\n"
_TEST = 'package shop\n\nimport "testing"\n\nfunc TestZero(t *testing.T) { if Add(0, 0) != 0 { t.Fatal("not 0") } }\n'
_FILES = {
    "go.work": "go 1.19\n\nuse (\n\t./shop\n\t./till\n)\n",
    "shop/go.mod": "module example.com/shop\n\ngo 1.19\n",
    "shop/shop.go": _SHOP.format(sign="-"),
    "shop/shop_test.go": _TEST,
    "till/go.mod": "module example.com/till\n\ngo 1.19\n",
    "till/till_test.go": 'package till\n\nimport (\n\t"testing"\n\n\t"example.com/shop"\n)\n\n'
    'func TestNone(t *testing.T) { if shop.Add(0, 0) != 0 { t.Fatal("not 0") } }\n',
}


@pytest.mark.slow
async def test_a_go_workspace(court: Any, needs: Callable[..., None]) -> None:
    """A fix is red to green; what breaks a module breaks the module beside it that imports it."""
    needs("go")
    judged = await court(_FILES)
    assert {test.id: test.status for test in judged.base.tests} == {
        "shop/example.com/shop/TestZero": "passed",
        "till/example.com/till/TestNone": "passed",
    }, judged.base.output
    adds = 'func TestAdds(t *testing.T) { if Add(1, 2) != 3 { t.Fatal("not 3") } }\n'
    good = await judged.judge({"shop/shop.go": _SHOP.format(sign="+"), "shop/shop_test.go": _TEST + adds})
    assert (good.green, good.fixed, good.broken) == (True, ("shop/example.com/shop/TestAdds",), ())
    bad = await judged.judge({"shop/shop.go": _SHOP.format(sign="+ 1 +")})
    assert (bad.green, bad.broken) == (False, ("shop/example.com/shop/TestZero", "till/example.com/till/TestNone"))
