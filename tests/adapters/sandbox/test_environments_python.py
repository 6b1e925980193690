"""What Python's tools ask for, installed by pip from an index on loopback."""

import functools
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.environments import InstalledEnvironments
from domain.command import Place
from domain.errors import EnvironmentFailed

_LOCK = '[[package]]\nname = "dice"\nversion = "1.0"\nsource = {registry = "x"}\n'
_UV_OWN = '[[package]]\nname = "shop"\nversion = "7.0"\nsource = {editable = "."}\n'
_PROJECT = '[project]\nname = "shop"\nversion = "0"\ndependencies = ["dice"]\n'


class Says:
    """An environment for some files, and what a command says in it."""

    def __init__(self, sandbox: Bubblewrap, folder: Path) -> None:
        self._sandbox = sandbox
        self.folder = folder

    async def __call__(self, files: dict[str, str], command: str, *, scripts: bool = True, name: str = "code") -> str:
        """What the command prints in a checkout of these files, with its environment."""
        checkout = self.folder / name
        for path, text in files.items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_text(text)
        environments = InstalledEnvironments(self.folder / "environments", self._sandbox)
        environment = await environments.environment(checkout, None, scripts=scripts)
        result = await self._sandbox.run(Place(workspace=checkout, environment=environment), command, 60, {})
        return result.output.strip()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package index with `dice` and `coin`, 1.0 and 2.0."""
    for name in ("dice", "coin"):
        for version in ("1.0", "2.0"):
            folder = tmp_path / "index" / name
            folder.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
                about = f"{name}-{version}.dist-info"
                wheel.writestr(f"{name}.py", f"version = '{version}'\n")
                wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
                wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                wheel.writestr(f"{about}/RECORD", "")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "index"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_address[1]}/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def says(bubblewrap: Bubblewrap, tmp_path: Path) -> Says:
    """Installs and asks."""
    return Says(bubblewrap, tmp_path)


_VERSIONS = "python -c 'import dice, coin; print(dice.version, coin.version)'"
_TOOLS = {
    "tox": {"tox.ini": "[testenv]\ndeps =\n  dice==1.0 # why\n  -r more.txt\n  lint: nothing-like-that\n"},
    "nox": {
        "noxfile.py": "import nox\n@nox.session\ndef tests(session):\n"
        "    session.install('dice==1.0', '-r', 'more.txt')\n"
        "@nox.session\ndef lint(session):\n    session.install('nothing-like-that')\n"
    },
    "hatch": {
        "pyproject.toml": '[tool.hatch.envs.default]\ndependencies = ["dice==1.0", "coin"]\n'
        '[tool.hatch.envs.docs]\ndependencies = ["nothing-like-that"]\n'
    },
    "pipenv": {"Pipfile": '[packages]\ndice = "==1.0"\n[dev-packages]\ncoin = "*"\n'},
}


@pytest.mark.parametrize("tool", _TOOLS)
async def test_tools_say_what_tests_need(says: Says, tool: str) -> None:
    """What tox, nox, hatch and pipenv would install for the tests is there, without any of them being started."""
    files = {"more-requirements.txt": "", "a.py": ""} | _TOOLS[tool]
    if "more.txt" in "".join(files.values()):
        files = {name: text.replace("more.txt", "more-requirements.txt") for name, text in files.items()}
        files["more-requirements.txt"] = "coin\n"
    assert await says(files, _VERSIONS) == "1.0 2.0"


_LOCKS = {
    "uv": {"uv.lock": _LOCK + _UV_OWN},
    "poetry": {"poetry.lock": _LOCK.replace('source = {registry = "x"}\n', "")},
    "pdm": {"pdm.lock": _LOCK},
    "pipenv": {"Pipfile.lock": '{"default": {"dice": {"version": "==1.0"}}, "develop": {}}'},
}


@pytest.mark.parametrize("lock", _LOCKS)
async def test_locks_name_exact_versions(says: Says, lock: str) -> None:
    """The version in the lock is installed, not the newest."""
    files = {"pyproject.toml": _PROJECT, "shop.py": ""} | _LOCKS[lock]
    assert await says(files, "python -c 'import dice; print(dice.version)'") == "1.0"


async def test_a_lock_that_contradicts_is_left_aside(says: Says) -> None:
    """A lock behind its manifest does not keep the tests from running."""
    files = {"pyproject.toml": _PROJECT.replace('"dice"', '"dice>=2"'), "uv.lock": _LOCK, "shop.py": ""}
    assert await says(files, "python -c 'import dice; print(dice.version)'") == "2.0"


def _workspace(side: str) -> dict[str, str]:
    member = '[project]\nname = "{0}"\nversion = "0.3"\ndependencies = [{1}]\n'
    return {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
        "packages/shop/pyproject.toml": member.format("acme-shop", '"dice==1.0"'),
        "packages/shop/src/shop.py": f"side = '{side}'\n",
        "packages/till/pyproject.toml": member.format("acme-till", '"acme_shop", "coin"'),
        "packages/till/src/till.py": "import shop, dice, coin\n",
    }


async def test_a_workspace_follows_the_checkout(says: Says) -> None:
    """The members of a uv workspace see each other's code of their own checkout, in one environment for both."""
    ask = (
        "cd /; python -c 'import till; from importlib.metadata import version as v; "
        'print(till.shop.side, till.dice.version, till.coin.version, v("acme-shop"))\''
    )
    assert await says(_workspace("base"), ask, name="base") == "base 1.0 2.0 0.3"
    assert await says(_workspace("head"), ask, name="head") == "head 1.0 2.0 0.3"


async def test_projects_in_folders(says: Says) -> None:
    """A project that is not in the root is installed too, and its code is found."""
    files = {
        "back/pyproject.toml": _PROJECT,
        "back/src/shop.py": "import dice\n",
        "back/requirements-test.txt": "coin\n",
    }
    assert await says(files, "python -c 'import shop, coin; print(shop.dice.version)'") == "2.0"


_SCRIPT = "import pathlib\npathlib.Path('/env/ran').touch()\n"


async def test_changed_manifests_run_no_code(says: Says) -> None:
    """What a changed manifest asks for is installed from wheels; neither the project nor anything else is built."""
    backend = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {"pyproject.toml": _PROJECT + backend, "backend.py": _SCRIPT, "shop.py": ""}
    ask = "python -c 'import dice; print(dice.version)'; ls /env/ran 2>/dev/null || true"
    assert await says(files, ask, scripts=False) == "2.0"


async def test_what_only_a_build_tells_is_refused_without_scripts(says: Says) -> None:
    """A changed setup.py that computes what it needs is not asked."""
    files = {"setup.py": "from setuptools import setup\nsetup(install_requires=open('x').read())\n"}
    with pytest.raises(EnvironmentFailed, match="only known by building it"):
        await says(files, "true", scripts=False)


async def test_known_manifests_need_no_second_environment(says: Says) -> None:
    """Manifests that were installed with scripts before are the same without."""
    files = {"pyproject.toml": _PROJECT, "shop.py": ""}
    ask = "python -c 'import dice; print(dice.version)'"
    assert await says(files, ask) == await says(files, ask, scripts=False, name="head") == "2.0"
    environments = {path.name for path in (says.folder / "environments").iterdir() if path.is_dir()}
    assert len(environments) == 1
