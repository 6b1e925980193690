"""What this machine can do for a repository."""

import os
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import psutil

from adapters.sandbox.choose import choose_sandbox
from domain.errors import ClusterError
from domain.frozen import Frozen
from domain.node import Capabilities
from domain.settings import SandboxKind

# What each answers its version to; java before 9 knows only one dash, go none.
_TOOLCHAINS = {
    "cargo": "--version",
    "docker": "--version",
    "go": "version",
    "java": "-version",
    "mvn": "--version",
    "node": "--version",
    "npm": "--version",
    "pnpm": "--version",
    "python": "--version",
    "yarn": "--version",
}
_OTHER_NAMES = {"python": "python3"}
_SECONDS = 20.0


class Installed(Frozen):
    """What a container of an image says of itself."""

    release: str
    capabilities: Capabilities


def capabilities(kind: SandboxKind, path: str | None = None) -> Capabilities:
    """Found out by trying: a program that is there but does not answer does not count.

    `path` replaces PATH. Takes up to a second or two; the sandbox is tried once per process.
    """
    with ThreadPoolExecutor() as pool:
        answers = pool.map(lambda name: _answers(name, path), _TOOLCHAINS)
        found = tuple(name for name, works in zip(_TOOLCHAINS, answers, strict=True) if works)
    return Capabilities(
        platform=f"{platform.system().lower()}-{platform.machine()}",
        sandbox=sandbox_of(kind),
        toolchains=found,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        cores=os.cpu_count() or 1,
    )


def main() -> None:
    """`python -P -m cluster.node.capabilities`: what can be done here and the installed version, as JSON."""
    here = Installed(release=version("claude-cluster"), capabilities=capabilities("auto"))
    sys.stdout.write(f"{here.model_dump_json()}\n")


def sandbox_of(kind: SandboxKind) -> str:
    """What runs would be confined by, in a word; `none` also where none works."""
    try:
        chosen = choose_sandbox(kind)
    except ClusterError:
        return "none"
    return chosen.describe().split()[0].rstrip(":")


def _answers(name: str, path: str | None) -> bool:
    program = shutil.which(name, path=path) or shutil.which(_OTHER_NAMES.get(name, name), path=path)
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, _TOOLCHAINS[name]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
