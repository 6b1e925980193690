"""A repository of each of Python's tools, judged for real; packages come from an index on loopback."""

import functools
import http.server
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

_CODE = "import dice\n\n\ndef add(a, b):\n    return a {sign} b if dice.version == '1.0' else None\n"
_ZERO = "from sums import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n"
_ADDS = "\n\ndef test_adds():\n    assert add(1, 2) == 3\n"
_LOCKED = '[[package]]\nname = "dice"\nversion = "1.0"\n'
_POETRY = '[tool.poetry]\nname = "sums"\nversion = "1"\npackage-mode = false\n[tool.poetry.dependencies]\ndice = "{}"\n'
# What each tool is told by, all of it asking for dice 1.0 where 2.0 is the newest.
_TOOLS: dict[str, Mapping[str, str]] = {
    "pip": {"requirements.txt": "dice<2\n"},
    "setup.cfg": {"setup.cfg": "[metadata]\nname = sums\n[options]\npy_modules = sums\ninstall_requires = dice<2\n"},
    "poetry": {"pyproject.toml": _POETRY.format("^1.0")},
    "poetry.lock": {"pyproject.toml": _POETRY.format("*"), "poetry.lock": _LOCKED},
    "uv.lock": {
        "pyproject.toml": '[project]\nname = "sums"\nversion = "1"\ndependencies = ["dice"]\n'
        "[tool.uv]\npackage = false\n",
        "uv.lock": f'version = 1\n\n{_LOCKED}source = {{ registry = "https://pypi.org/simple" }}\n',
    },
    "uv groups": {
        "pyproject.toml": '[project]\nname = "sums"\nversion = "1"\n[dependency-groups]\ndev = ["dice<2"]\n'
        "[tool.uv]\npackage = false\n"
    },
    "hatch": {
        "pyproject.toml": '[tool.hatch.envs.default]\ndependencies = ["dice<2"]\n'
        '[tool.hatch.envs.default.scripts]\ntest = "pytest {args:tests}"\n'
    },
    "tox": {
        "tox.ini": "[tox]\nenvlist = py\nskipsdist = true\n[testenv]\ndeps = dice<2\ncommands = pytest {posargs}\n"
    },
    "nox": {
        "noxfile.py": "import nox\n\n\n@nox.session\ndef tests(session):\n    session.install('dice<2')\n"
        "    session.run('pytest')\n"
    },
}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package index with `dice`, 1.0 and 2.0."""
    folder = tmp_path / "index/dice"
    folder.mkdir(parents=True)
    for version in ("1.0", "2.0"):
        with zipfile.ZipFile(folder / f"dice-{version}-py3-none-any.whl", "w") as wheel:
            about = f"dice-{version}.dist-info"
            wheel.writestr("dice.py", f"version = '{version}'\n")
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: dice\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "index"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_address[1]}/")
        monkeypatch.setenv("PIP_RETRIES", "0")
        yield
        server.shutdown()


@pytest.mark.parametrize("tool", _TOOLS)
async def test_a_tool(court: Any, tool: str) -> None:
    """What the tool is told to install is there, at the version it says, and a fix is red to green, test by test."""
    files = {"sums.py": _CODE.format(sign="-"), "tests/test_sums.py": _ZERO, "tests/conftest.py": "", **_TOOLS[tool]}
    judged = await court(files)
    assert judged.prepared.note == ""
    assert [(test.id, test.status) for test in judged.base.tests] == [("tests/test_sums.py::test_zero", "passed")], (
        judged.base.output
    )
    good = await judged.judge({"sums.py": _CODE.format(sign="+"), "tests/test_sums.py": _ZERO + _ADDS})
    assert (good.green, good.fixed, good.broken, good.tampered) == (
        True,
        ("tests/test_sums.py::test_adds",),
        (),
        (),
    )


async def test_unittest_alone(court: Any) -> None:
    """A repository without any manifest whose tests are unittest's own is judged test by test as well."""
    code = "def add(a, b):\n    return a {sign} b\n"
    zero = "import unittest\n\nfrom sums import add\n\n\nclass Sums(unittest.TestCase):\n"
    zero += "    def test_zero(self):\n        self.assertEqual(add(0, 0), 0)\n"
    adds = zero + "\n    def test_adds(self):\n        with self.subTest('small'):\n"
    adds += "            self.assertEqual(add(1, 2), 3)\n"
    judged = await court({"sums.py": code.format(sign="-"), "tests/__init__.py": "", "tests/test_sums.py": zero})
    assert len(judged.base.tests) == 1, judged.base.output
    good = await judged.judge({"sums.py": code.format(sign="+"), "tests/test_sums.py": adds})
    assert (good.green, len(good.fixed), good.broken) == (True, 1, ())
    assert "test_adds" in good.fixed[0]
    bad = await judged.judge({"sums.py": code.format(sign="+ 1 +")})
    assert (bad.green, bad.broken) == (False, (judged.base.tests[0].id,))
