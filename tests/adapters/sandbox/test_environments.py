"""Environments are installed for real, in real sandboxes, from packages made on the spot."""

import asyncio
import time
import zipfile
from pathlib import Path

import pytest

from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.choose import find_program
from adapters.sandbox.environments import InstalledEnvironments
from adapters.sandbox.none import Unconfined
from domain.command import Place
from domain.errors import EnvironmentFailed

_BACKEND = """
import os, zipfile
INFO = {"METADATA": "Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n", "WHEEL": "Wheel-Version: 1.0\\n"
        "Generator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n", "RECORD": "",
        "entry_points.txt": "[console_scripts]\\nshop = shop:main\\n"}
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "shop-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("shop.pth", os.path.join(os.getcwd(), "src"))
        for file, text in INFO.items():
            wheel.writestr("shop-1.0.dist-info/" + file, text)
    return name
build_wheel = build_editable
"""


@pytest.fixture
def sandbox() -> Bubblewrap:
    """The sandbox of this machine."""
    return Bubblewrap(find_program())


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package index answers."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _wheel(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", text)
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")


async def _says(sandbox: Bubblewrap | Unconfined, checkout: Path, environment: Path | None, command: str) -> str:
    result = await sandbox.run(Place(workspace=checkout, environment=environment), command, 60, {})
    return result.output.strip()


async def test_bare_python_has_pytest_at_once(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """A Python repository without manifests gets pytest in moments, without any network."""
    checkout = _write(tmp_path / "code", {"src/shop.py": "price = 3", "test_shop.py": "def test_a(): pass"})
    begun = time.monotonic()
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, None)
    assert time.monotonic() - begun < 5
    assert await _says(sandbox, checkout, environment, "python -m pytest --version") == f"pytest {pytest.__version__}"
    assert await _says(sandbox, checkout, environment, "cd /; python -c 'import shop; print(shop.__file__)'") == (
        "/workspace/src/shop.py"
    )


async def test_nothing_to_install(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """A repository without Python and without dependencies needs no environment."""
    checkout = _write(tmp_path / "code", {"package.json": '{"scripts": {"test": "node --test"}}', "README.md": ""})
    assert await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, None) is None


async def test_the_same_manifests_share(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """Checkouts with the same manifests share one environment; another manifest or setup gives another."""
    environments = InstalledEnvironments(tmp_path / "environments", sandbox)
    first = await environments.environment(_write(tmp_path / "a", {"a.py": ""}), None)
    second = await environments.environment(_write(tmp_path / "b", {"b.py": "x = 1"}), None)
    third = await environments.environment(_write(tmp_path / "c", {"c.py": "", "pyproject.toml": "[tool.x]"}), None)
    fourth = await environments.environment(tmp_path / "a", "true")
    assert first == second
    assert len({first, third, fourth}) == 3


async def test_a_project_without_dependencies_is_not_built(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """A project that needs nothing works offline although its build system can't be had; it knows its version."""
    project = '[project]\nname = "my-shop"\nversion = "2.1"\n[project.scripts]\nmy-shop = "shop:main"\n'
    build = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    checkout = _write(tmp_path / "code", {"pyproject.toml": project + build, "src/shop.py": "def main(): print('hi')"})
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, None)
    ask = "python -c 'from importlib.metadata import version; print(version(\"my-shop\"))'; my-shop"
    assert await _says(sandbox, checkout, environment, ask) == "2.1\nhi"


async def test_editable_installs_follow_the_checkout(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """Base and head share an environment and import their own code, installed as editable."""
    project = '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["dice"]\n'
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {
        "pyproject.toml": project + build,
        "backend.py": _BACKEND,
        "requirements.txt": "./wheels/dice-1.0-py3-none-any.whl",
    }
    base = _write(tmp_path / "base", files | {"src/shop.py": "import dice\ndef main(): print('base', dice.roll)"})
    head = _write(tmp_path / "head", files | {"src/shop.py": "import dice\ndef main(): print('head', dice.roll)"})
    _wheel(base / "wheels", "dice", "roll = 4")
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(base, None)
    assert await _says(sandbox, base, environment, "cd /; shop") == "base 4"
    assert await _says(sandbox, head, environment, "cd /; shop") == "head 4"
    assert sorted(path.name for path in base.iterdir()) == [
        "backend.py",
        "pyproject.toml",
        "requirements.txt",
        "src",
        "wheels",
    ]


async def test_a_missing_dependency_is_named(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """When a required dependency can't be had, the error says which, and where the whole log is."""
    checkout = _write(tmp_path / "code", {"requirements.txt": "no-such-thing==1", "a.py": ""})
    with pytest.raises(EnvironmentFailed, match=r"requirements\.txt.*no-such-thing.*see .*\.log") as failure:
        await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, None)
    assert "\n" not in str(failure.value)
    log = next((tmp_path / "environments").glob("*.log")).read_text()
    assert "No matching distribution found for no-such-thing==1" in log


async def test_what_only_development_needs_is_optional(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """A development requirement that can't be had is noted in the log and fails nothing."""
    checkout = _write(tmp_path / "code", {"requirements-dev.txt": "no-such-thing", "a.py": ""})
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, None)
    assert (await _says(sandbox, checkout, environment, "python -m pytest --version")).startswith("pytest ")
    assert "no-such-thing" in next((tmp_path / "environments").glob("*.log")).read_text()


async def test_setup_fills_the_environment(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """A configured setup runs in place of ours; what it installs and its node_modules are kept, its checkout not."""
    checkout = _write(tmp_path / "code", {"requirements.txt": "no-such-thing", "a.py": ""})
    _wheel(checkout / "wheels", "dice", "roll = 4")
    setup = "pip install wheels/*.whl && mkdir -p node_modules/x && touch litter"
    setup = setup.replace("pip install", "python -m pip install")
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, setup)
    assert (
        await _says(sandbox, checkout, environment, "python -c 'import dice; print(dice.roll)'; ls node_modules")
        == "4\nx"
    )
    assert not (checkout / "litter").exists()


async def test_many_ask_at_once(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """Runs that want the same environment at the same time wait for one build."""
    checkout = _write(tmp_path / "code", {"a.py": ""})
    environments = [InstalledEnvironments(tmp_path / "environments", sandbox) for _ in range(3)]
    found = await asyncio.gather(
        *(each.environment(checkout, "echo built >> /env/log; sleep 0.3") for each in environments)
    )
    assert len(set(found)) == 1
    assert found[0]
    assert (found[0] / "log").read_text() == "built\n"


async def test_an_interrupted_build_starts_again(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """A folder without its mark was left by a crash: it is made anew."""
    checkout = _write(tmp_path / "code", {"a.py": ""})
    environments = InstalledEnvironments(tmp_path / "environments", sandbox)
    environment = await environments.environment(checkout, None)
    assert environment
    Path(f"{environment}.ready").unlink()
    (environment / "bin" / "python").unlink()
    (environment / "locked").mkdir(mode=0o500)
    assert await environments.environment(checkout, None) == environment
    assert await _says(sandbox, checkout, environment, "python -c 'print(1)'") == "1"
    assert not (environment / "locked").exists()


async def test_node_dependencies_stand_beside_the_code(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """An npm dependency is there at /workspace/node_modules, read-only, in every checkout."""
    package = '{"name": "x", "version": "1.0.0", "dependencies": {"left": "file:left.tgz"}}'
    checkout = _write(
        tmp_path / "code", {"package.json": package, "left/package.json": '{"name": "left", "version": "1.0.0"}'}
    )
    (checkout / "left" / "index.js").write_text("module.exports = 7")
    packed = await sandbox.run(
        Place(workspace=checkout), "cd left && npm pack --silent && mv *.tgz ../left.tgz", 60, {}
    )
    assert packed.exit_code == 0, packed.output
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, None)
    assert await _says(sandbox, checkout, environment, "node -p 'require(\"left\")'; touch node_modules/x || true") == (
        "7\ntouch: cannot touch 'node_modules/x': Read-only file system"
    )


async def test_caches_beside_node_dependencies_can_be_written(tmp_path: Path, sandbox: Bubblewrap) -> None:
    """What Vite and others cache in node_modules goes to memory, unless the installation has put files there."""
    checkout = _write(tmp_path / "code", {"package.json": '{"name": "x", "version": "1.0.0"}'})
    setup = "mkdir -p node_modules/.cache && echo 7 > node_modules/.cache/binary"
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(checkout, setup)
    ask = (
        "mkdir node_modules/.vite/vitest && touch node_modules/.vite/vitest/results.json && ls node_modules/.vite/*; "
        "cat node_modules/.cache/binary; touch node_modules/.cache/x || true"
    )
    for _ in range(2):
        assert await _says(sandbox, checkout, environment, ask) == (
            "results.json\n7\ntouch: cannot touch 'node_modules/.cache/x': Read-only file system"
        )


async def test_without_a_sandbox_each_checkout_imports_its_own(tmp_path: Path) -> None:
    """Where nothing is mounted, the environment is used at its own path and follows the current folder."""
    sandbox = Unconfined()
    base = _write(tmp_path / "base", {"src/shop.py": "name = 'base'"})
    head = _write(tmp_path / "head", {"src/shop.py": "name = 'head'"})
    environment = await InstalledEnvironments(tmp_path / "environments", sandbox).environment(base, None)
    ask = "python -c 'import shop, pytest; print(shop.name)'"
    assert await _says(sandbox, base, environment, ask) == "base"
    assert await _says(sandbox, head, environment, ask) == "head"
