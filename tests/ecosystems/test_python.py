"""Python projects: several in one repository, and manifests that a change touches."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

_ADD = "def add(a, b):\n    return a {sign} b\n"
_ZERO = "from shop import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n"
_ADDS = _ZERO + "\n\ndef test_adds():\n    assert add(1, 2) == 3\n"


async def test_two_languages_in_two_folders(court: Any) -> None:
    """Both are tested, each by its own runner; a change of one is judged with the other."""
    files = {
        "back/pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
        "back/src/shop.py": _ADD.format(sign="-"),
        "back/tests/test_shop.py": _ZERO,
        "back/tests/conftest.py": "",
        "web/package.json": json.dumps({"name": "web", "scripts": {"test": "node --test"}}),
        "web/test/a.test.js": "require('node:test')('a', () => {});\n",
    }
    judged = await court(files)
    assert {test.id: test.status for test in judged.base.tests} == {
        "back/tests/test_shop.py::test_zero": "passed",
        "web/test/a.test.js > a": "passed",
    }, judged.base.output
    good = await judged.judge({"back/src/shop.py": _ADD.format(sign="+"), "back/tests/test_shop.py": _ADDS})
    assert (good.green, good.fixed, good.broken) == (True, ("back/tests/test_shop.py::test_adds",), ())
    bad = await judged.judge({"back/src/shop.py": _ADD.format(sign="+ 1 +")})
    assert (bad.green, bad.broken) == (False, ("back/tests/test_shop.py::test_zero",))


async def test_a_flaky_part_runs_alone(court: Any) -> None:
    """What looks broken in one project is asked for again there, by its own name."""
    files = {
        "a/setup.cfg": "[metadata]\nname = a\n",
        "a/test_a.py": "import pytest\n\ndef test_a():\n    assert 1\n",
        "b/setup.cfg": "[metadata]\nname = b\n",
        "b/test_b.py": "import pytest\n\ndef test_b():\n    assert 1\n",
    }
    judged = await court(files)
    bad = await judged.judge({"a/test_a.py": files["a/test_a.py"].replace("assert 1", "assert 0")})
    assert bad.broken == ("a/test_a.py::test_a",)


def _wheel(folder: Path) -> None:
    with zipfile.ZipFile(folder / "dice-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("dice.py", "roll = 3\n")
        wheel.writestr("dice-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: dice\nVersion: 1.0\n")
        wheel.writestr("dice-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("dice-1.0.dist-info/RECORD", "")


async def test_a_changed_manifest(court: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that the change adds is there for all runs of the changed code, the base's tests too."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    (tmp_path / "seed").mkdir()
    _wheel(tmp_path / "seed")
    files = {"requirements.txt": "", "shop.py": _ADD.format(sign="-"), "test_shop.py": _ZERO}
    judged = await court(files)
    new_code = "import dice\n\n\n" + _ADD.format(sign="+") + "\n\nassert dice.roll == 3\n"
    change = {"requirements.txt": "./dice-1.0-py3-none-any.whl\n", "shop.py": new_code, "test_shop.py": _ADDS}
    good = await judged.judge(change)
    assert (good.fixed, good.broken, good.tampered) == (("test_shop.py::test_adds",), (), ())
    lost = await judged.judge(change | {"requirements.txt": "no-such-thing==1\n"})
    assert (lost.green, lost.fixed) == (False, ())


async def test_what_git_ignores_does_not_count(court: Any) -> None:
    """The change is judged in a clean checkout: a file that only the agent's workspace has makes nothing green."""
    files = {"shop.py": _ADD.format(sign="-"), "test_shop.py": _ZERO, ".gitignore": "made.py\n", "setup.cfg": ""}
    judged = await court(files)
    made = {"made.py": _ADD.format(sign="+"), "shop.py": "from made import add\n", "test_shop.py": _ADDS}
    bad = await judged.judge(made)
    assert (bad.green, bad.fixed, bad.broken) == (False, (), ("test_shop.py::test_zero",))
