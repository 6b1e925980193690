"""The sandbox by default: Linux namespaces, through the program bubblewrap."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.sandbox import mounts, seccomp
from adapters.sandbox.bounds import Bounds
from adapters.sandbox.devices import lent_devices
from adapters.sandbox.gateway.doors import hosts_lines
from adapters.sandbox.gateway.gateway import Gateway, Resolve, resolved
from adapters.sandbox.interpreter import Interpreters, Prefix
from adapters.sandbox.launch import Launch, quiet_variables
from adapters.sandbox.once import run_once
from adapters.sandbox.shell import PersistentShell, open_shell
from adapters.sandbox.toolchains import mounts_of_toolchains, program_folders, tool_variables
from domain.command import CommandResult, Place
from domain.endpoint import Endpoint
from domain.frozen import Frozen

_ISOLATION = ("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
_OURS = 0o700
_IDENTITY = ("--uid", mounts.UID, "--gid", mounts.UID, "--hostname", "sandbox")


class Program(Frozen):
    """A bubblewrap: `origin` is `system` or `wheel`; `options` are those of ours that it understands."""

    path: Path
    version: str
    origin: str
    options: tuple[str, ...] = ("--disable-userns",)


class Bubblewrap:
    """Implements the port `Sandbox`.

    Inside: /workspace writable, /env and the system's programs read-only, /tmp and the home folder of
    their own in memory; no network but the services that the place names, no keys, no accounts, no other
    process; user 1000 without a capability. Bubblewrap itself starts with only the variables meant for inside,
    for /proc/1/environ shows them there.
    """

    def __init__(
        self,
        program: Program,
        bounds: Bounds | None = None,
        interpreters: Iterable[Path] = (),
        private_hosts: Iterable[Endpoint] = (),
        resolve: Resolve = resolved,
    ) -> None:
        self._program = program
        self._bounds = bounds or Bounds()
        self._interpreters = Interpreters(interpreters)
        self._private_hosts, self._resolve = frozenset(private_hosts), resolve

    async def shell(self, place: Place) -> PersistentShell:
        """A persistent shell at /workspace. Raises `SandboxUnavailable`."""
        return await open_shell(lambda: self.launch(place), self._bounds)

    async def run(
        self,
        place: Place,
        command: str,
        timeout_s: float,
        variables: dict[str, str],
        *,
        network: bool = False,
        writable_environment: bool = False,
    ) -> CommandResult:
        """One command in a sandbox of its own at /workspace; dies with all its children.

        For installing dependencies, `network` shares this machine's network, its loopback included, and
        shows its resolver; `writable_environment` lets the command fill /env. Nothing else differs.

        Raises:
            BadWork: no shell can take the command.
            SandboxUnavailable: bubblewrap did not start. A command that fails raises nothing.
        """

        def launcher() -> contextlib.AbstractContextManager[Launch]:
            return self.launch(place, variables, network=network, writable_environment=writable_environment)

        return await run_once(launcher, self._bounds, command, timeout_s)

    def path(self, place: Place, inside: str) -> str:  # noqa: ARG002 - the port's; mounts make both paths the same
        """The same path: mounts put everything where commands expect it."""
        return inside

    def unlock(self, folder: Path) -> None:
        """Nothing is shut to us: commands run as we do."""

    def describe(self) -> str:
        """Which bubblewrap this is, for people."""
        return f"bubblewrap {self._program.version} ({self._program.origin})"

    @contextlib.contextmanager
    def launch(
        self,
        place: Place,
        variables: dict[str, str] | None = None,
        *,
        network: bool = False,
        writable_environment: bool = False,
    ) -> Iterator[Launch]:
        """How to start bash in this place; its files in memory are open until the end."""
        _open_again(place.workspace)
        prefixes = self._interpreters.needed(place.environment)
        inside = _variables(place, prefixes)
        gateway = Gateway(() if network else place.network, self._bounds, self._private_hosts, self._resolve)
        with contextlib.ExitStack() as held, contextlib.closing(gateway):
            files = _Memory(held)
            arguments = [
                *_ISOLATION,
                *(("--share-net",) if network else ()),
                *self._program.options,
                *_IDENTITY,
                *files.syscall_filter(),
                *mounts.system(network=network),
                *files.settings(mounts.HOSTS + hosts_lines(gateway.doors), network=network),
                *mounts.scratch(self._bounds),
                *held.enter_context(lent_devices()),
                *mounts.interpreters(prefixes),
                *mounts_of_toolchains(),
                *mounts.place(place, writable_environment=writable_environment),
                *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", mounts.WORKSPACE),
                *(word for name, value in (variables or {}).items() for word in ("--setenv", name, value)),
            ]
            # In a file, the host's paths and the variables stay out of the process list inside.
            listed = files.hold("\0".join(arguments).encode())
            argv = (str(self._program.path), "--args", str(listed), "--", "/bin/bash")
            filled = (place.environment,) if place.environment and writable_environment else ()
            writes = (place.workspace, *filled)
            yield Launch(
                argv=argv,
                variables=inside,
                fds=tuple(files.fds),
                ready=held.close,
                writes=writes,
                open_network=gateway.open,
                network=gateway.use,
            )


class _Memory:
    """Small files that bubblewrap reads from descriptors, so that none is ever on a disk."""

    def __init__(self, held: contextlib.ExitStack) -> None:
        self._held = held
        self.fds: list[int] = []

    def hold(self, data: bytes) -> int:
        fd = os.memfd_create("sandbox")
        self._held.callback(os.close, fd)
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
        self.fds.append(fd)
        return fd

    def syscall_filter(self) -> tuple[str, ...]:
        program = seccomp.program()
        return ("--seccomp", str(self.hold(program))) if program else ()

    def settings(self, hosts: str, *, network: bool) -> list[str]:
        made = {"/etc/passwd": mounts.PASSWD.encode(), "/etc/group": mounts.GROUP.encode()}
        if not network:
            made["/etc/hosts"] = hosts.encode()
        made |= mounts.copies(network=network)
        return [word for path, data in made.items() for word in ("--file", str(self.hold(data)), path)]


def _open_again(workspace: Path) -> None:
    """A command may have locked the folder that it works in: that is no fault of the sandbox, and easily undone."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(workspace.stat().st_mode)
        if mode & _OURS != _OURS:
            workspace.chmod(mode | _OURS)


def _variables(place: Place, prefixes: tuple[Prefix, ...]) -> dict[str, str]:
    modules = [f"{mounts.WORKSPACE}/node_modules/.bin"] if mounts.has_modules(place) else []
    own = dict.fromkeys(str(prefix.shown / "bin") for prefix in prefixes)
    folders = [f"{mounts.ENVIRONMENT}/bin", *modules, "/usr/local/bin", "/usr/bin", "/bin", *own, *program_folders()]
    found = {"PATH": ":".join(folders), "HOME": mounts.HOME, "USER": "agent", **quiet_variables()}
    found |= tool_variables(place.environment, mounts.ENVIRONMENT)
    if place.environment and (place.environment / "pyvenv.cfg").is_file():
        found["VIRTUAL_ENV"] = mounts.ENVIRONMENT
    return found
