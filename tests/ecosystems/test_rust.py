"""Cargo packages and workspaces."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

_MEMBER = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
_EXAMPLE = "/// Adds.\n///\n/// ```\n/// assert_eq!(shop::add(0, 0), 0);\n/// ```\n"
_ADD = _EXAMPLE + "pub fn add(a: i32, b: i32) -> i32 {{ a {sign} b }}\n"
_UNIT = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn nothing() { assert_eq!(super::add(0, 0), 0); }\n}\n"
_WHOLE = "#[test]\nfn adds() { assert_eq!(shop::add(1, 2), 3); }\n"
_FILES = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["shop", "till"]\n',
    ".gitignore": "/target\nCargo.lock\n",
    "shop/Cargo.toml": _MEMBER.format(name="shop"),
    "shop/src/lib.rs": _ADD.format(sign="-") + _UNIT,
    "shop/tests/it.rs": "#[test]\nfn zero() { assert_eq!(shop::add(0, 0), 0); }\n",
    "till/Cargo.toml": _MEMBER.format(name="till") + '[dependencies]\nshop = { path = "../shop" }\n',
    "till/src/lib.rs": "pub fn total(a: i32) -> i32 { shop::add(a, 0) }\n",
    "till/tests/it.rs": "#[test]\nfn zero() { assert_eq!(till::total(0), 0); }\n",
}


async def test_a_cargo_workspace(court: Any, needs: Callable[..., None]) -> None:
    """A fix is red to green; what breaks a package that depends on the changed one is broken."""
    needs("cargo", "cc")
    judged = await court(_FILES)
    assert judged.base.output.count("error") == 0, judged.base.output
    assert {test.id: test.status for test in judged.base.tests} == {
        "shop > tests::nothing": "passed",
        "shop > tests/it.rs > zero": "passed",
        "till > tests/it.rs > zero": "passed",
        "shop/src/lib.rs - add": "passed",
    }
    good = await judged.judge(
        {
            "shop/src/lib.rs": _ADD.format(sign="+") + _UNIT,
            "shop/tests/it.rs": _FILES["shop/tests/it.rs"] + _WHOLE,
        }
    )
    assert (good.green, good.proven, good.fixed, good.broken) == (True, True, ("shop > tests/it.rs > adds",), ())
    bad = await judged.judge({"shop/src/lib.rs": _ADD.format(sign="+ 1 +") + _UNIT})
    assert (bad.green, bad.fixed) == (False, ())
    assert set(bad.broken) == {test.id for test in judged.base.tests}
