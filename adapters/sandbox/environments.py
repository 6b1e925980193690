"""Environments: what a checkout's manifests ask for, installed once and kept."""

import asyncio
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import AsyncFileLock

from adapters.sandbox.dependencies.compiled_steps import compiled_steps
from adapters.sandbox.dependencies.folders import keep_modules, remove, take_over
from adapters.sandbox.dependencies.installation import Installation
from adapters.sandbox.dependencies.manifests import Manifest, has_python, key_of, read_manifests
from adapters.sandbox.dependencies.node_steps import node_steps
from adapters.sandbox.dependencies.python_home import PythonHome
from adapters.sandbox.dependencies.python_projects import python_projects
from adapters.sandbox.dependencies.python_steps import LOCKED, locked_text, python_steps
from adapters.sandbox.dependencies.step import Step
from adapters.sandbox.isolation import Isolation
from domain.command import Place
from domain.errors import DiskFull, EnvironmentFailed
from domain.frozen import Frozen

_NO_SPACE = os.strerror(errno.ENOSPC)
_LITTLE = 1_000_000  # bytes; installers clean up behind themselves, but rarely all of it


class _Wanted(Frozen):
    """What one environment must hold. `pip` says that a step may need it; `locked` is its constraints."""

    manifests: tuple[Manifest, ...]
    steps: tuple[Step, ...]
    python: bool
    pip: bool
    locked: str = ""


class InstalledEnvironments:
    """Implements the port `Environments` in a folder: `<key>`, with `.ready`, `.log` and `.lock` beside it.

    Installing runs in the sandbox on a copy of the checkout, with the network and without keys. It runs
    where it will be used, for installed programs name their interpreter's path; so a folder is not renamed
    when it is complete, but marked from outside, where installed code can't reach.
    """

    def __init__(self, folder: Path, sandbox: Isolation) -> None:
        self._folder = folder
        self._sandbox = sandbox

    async def environment(self, checkout: Path, setup: str | None, *, scripts: bool = True) -> Path | None:
        """A folder to mount at /env for this checkout's manifests, built once and kept; None if none is needed.

        `setup` runs in place of the commands that we would choose; what it leaves in /env and in
        node_modules is kept. The mark's time of change says when the environment was last asked for. Without
        `scripts`, for manifests that nobody has looked at yet, none of the packages' own code runs; where the
        same manifests were installed with it before, that environment serves.

        Raises:
            DiskFull: there is no room for it.
            EnvironmentFailed: a required command failed, or ran for more than 30 minutes; or without `scripts`
                it can't be done.
            SandboxUnavailable: the sandbox did not start.
        """
        manifests = await asyncio.to_thread(read_manifests, checkout)
        has_code = await asyncio.to_thread(has_python, checkout)
        kind = f"{self._mounted(checkout)} {has_code}"
        folder = self._folder / key_of(manifests, setup, kind)
        if not scripts and not self._is_ready(folder):
            folder = self._folder / key_of(manifests, setup, f"{kind} without scripts")
        if self._is_ready(folder):
            Path(f"{folder}.ready").touch()
            return folder
        wanted = self._wanted(manifests, setup, has_code=has_code, mounted=self._mounted(checkout), scripts=scripts)
        if not wanted.python and not wanted.steps:
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        async with AsyncFileLock(f"{folder}.lock"):
            if not self._is_ready(folder):
                with self._room():
                    await self._build(folder, checkout, wanted)
            Path(f"{folder}.ready").touch()
        return folder

    def _is_ready(self, folder: Path) -> bool:
        return Path(f"{folder}.ready").exists() and folder.is_dir()

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Tells a full disk from dependencies that can't be installed: without them the tests would be judged."""
        try:
            yield
        except (EnvironmentFailed, OSError) as error:
            if _NO_SPACE in str(error) or shutil.disk_usage(self._folder).free < _LITTLE:
                raise DiskFull(f"the disk of {self._folder} is full") from error
            raise

    def _mounted(self, checkout: Path) -> bool:
        """Whether every checkout appears at the same path."""
        return self._sandbox.path(Place(workspace=checkout), "/workspace") == "/workspace"

    def _wanted(
        self, manifests: tuple[Manifest, ...], setup: str | None, *, has_code: bool, mounted: bool, scripts: bool
    ) -> _Wanted:
        if setup and setup.strip():
            if not scripts:
                raise _only_with_scripts("`[tests] setup` would run what it finds")
            return _Wanted(manifests=manifests, steps=(Step(command=setup),), python=True, pip=True)
        if not scripts and any(manifest.path.endswith("pom.xml") for manifest in manifests):
            raise _only_with_scripts("Maven runs the plugins that it is told of")
        python = python_steps(manifests, editable=mounted, scripts=scripts)
        steps = (*python, *node_steps(manifests, scripts=scripts), *compiled_steps(manifests))
        locked = locked_text(manifests) if python else ""
        return _Wanted(
            manifests=manifests, steps=steps, python=bool(python) or has_code, pip=bool(python), locked=locked
        )

    async def _build(self, folder: Path, checkout: Path, wanted: _Wanted) -> None:
        copy = Path(f"{folder}.build")
        place = Place(workspace=copy, environment=folder)
        await asyncio.to_thread(self._prepare, folder, copy, checkout, wanted)
        try:
            await Installation(self._sandbox, place, Path(f"{folder}.log")).run(wanted.steps)
            keep_modules(copy, folder)
            await asyncio.to_thread(take_over, folder)
        finally:
            await asyncio.to_thread(remove, copy)

    def _prepare(self, folder: Path, copy: Path, checkout: Path, wanted: _Wanted) -> None:
        for old in (folder, copy):
            remove(old)
        folder.mkdir()
        if wanted.python:
            shown = self._sandbox.path(Place(workspace=copy, environment=folder), "/env")
            home = PythonHome(folder=folder, shown=shown, projects=python_projects(wanted.manifests))
            home.lay_out(pip=wanted.pip, fixed=self._mounted(checkout))
        if wanted.locked:
            (folder / LOCKED).parent.mkdir(exist_ok=True)
            (folder / LOCKED).write_text(wanted.locked, encoding="utf-8")
        if wanted.steps:
            shutil.copytree(checkout, copy, symlinks=True)


def _only_with_scripts(reason: str) -> EnvironmentFailed:
    remedy = "merge the change of the manifest first"
    return EnvironmentFailed(f"changed manifests are installed without scripts: {reason}", remedy)
