"""What is released: a source package and a wheel that work in an environment of their own, far from any checkout."""

import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PACKAGES = (
    "adapters",
    "agents",
    "cli",
    "cluster",
    "demo",
    "deployments",
    "domain",
    "flows",
    "proof",
    "tasks",
    "wiring",
)
_INSTALL_SECONDS = 1_200
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
_OF_OTHERS = {".cache", ".rustup"}  # pip's, and what rustup's cargo leaves behind when it is asked for its version
needs_packages = pytest.mark.pages  # installs some hundred and thirty of them


@dataclass(frozen=True)
class Built:
    """The two files of a release."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel and what it needs, and an empty folder to work in."""

    bin: Path
    folder: Path

    def run(self, *argv: str, seconds: int = 300) -> "subprocess.CompletedProcess[str]":
        """A program of the environment, with nothing of this process's but the path to git."""
        return subprocess.run(
            [str(self.bin / argv[0]), *argv[1:]],
            cwd=self.folder,
            env={"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.folder), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source package of a clone, and the wheel that is built from nothing but it."""
    folder = tmp_path_factory.mktemp("release")
    _done(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")])
    hatch = [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "dist")]
    _done([*hatch, "-t", "sdist"], folder / "clone")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        packed.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    _done([*hatch, "-t", "wheel"], source)
    (wheel,) = (folder / "dist").glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an empty environment; skips where packages can't be had."""
    folder = tmp_path_factory.mktemp("installed")
    made = Installed(folder / "env" / "bin", folder / "work")
    made.folder.mkdir()
    _done([sys.executable, "-m", "venv", str(folder / "env")])
    pip = [str(made.bin / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    reached = subprocess.run(
        [*pip, "download", "--no-deps", "--dest", str(folder), "click"], capture_output=True, timeout=120, check=False
    )
    if reached.returncode:
        pytest.skip("no package index can be reached from here")
    began = time.monotonic()
    _done([*pip, "install", "-c", str(ROOT / "constraints.txt"), str(built.wheel)])
    count = len(made.run("python", "-m", "pip", "list", "--format=freeze").stdout.splitlines())
    sys.stderr.write(f"\ninstalled in {time.monotonic() - began:.0f} s: {count} packages\n")
    return made


def test_the_wheel_holds_every_file_of_the_program(built: Built) -> None:
    """Prompts, specialists, samples and tables too: what git knows below the packages is in it."""
    known = _done(["git", "ls-files", *_PACKAGES], ROOT).split()
    named = set(zipfile.ZipFile(built.wheel).namelist())
    tracked_then = set(_done(["git", "ls-tree", "-r", "--name-only", "HEAD", *_PACKAGES], ROOT).split())
    assert [one for one in known if one in tracked_then and one not in named] == []


def test_the_version_is_the_tags(built: Built) -> None:
    """Both files say the same version, which is git's; a source package needs no git to keep it."""
    version = re.fullmatch(r"claude_cluster-(.+)-py3-none-any\.whl", built.wheel.name)
    assert version is not None
    assert built.sdist.name == f"claude_cluster-{version[1]}.tar.gz"
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", version[1])


@needs_packages
def test_it_says_which_version_it_is(built: Built, installed: Installed) -> None:
    """`--version` of both programs is the wheel's."""
    version = built.wheel.name.split("-")[1]
    for program in ("claude-cluster", "claude-cluster-distributed"):
        assert installed.run(program, "--version").stdout.split()[-1] == version


@needs_packages
def test_the_rehearsal_runs_from_the_wheel(installed: Installed) -> None:
    """In an empty folder, with no checkout near: a pull request, and exit code 0."""
    done = installed.run("claude-cluster", "demo", seconds=600)
    assert done.returncode == 0, done.stderr
    assert "/pull/4" in done.stdout
    assert [one.name for one in installed.folder.iterdir() if one.name not in _OF_OTHERS] == []


def _done(argv: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout
