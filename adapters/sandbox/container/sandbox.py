"""The sandbox of a container in which bubblewrap can't run: users and groups are its walls."""

import asyncio
import contextlib
import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.container import landlock
from adapters.sandbox.container.channel import place_of_socket
from adapters.sandbox.container.leftovers import PUBLIC
from adapters.sandbox.container.sharing import Sharing, let_through
from adapters.sandbox.container.shown import Shown, variables_of
from adapters.sandbox.container.tenancy import Tenancy, unlock
from adapters.sandbox.container.tenant import Tenant
from adapters.sandbox.container.words import COMMANDS, REPORTS, Start, Taken
from adapters.sandbox.interpreter import Interpreters
from adapters.sandbox.launch import Launch
from adapters.sandbox.once import run_once
from adapters.sandbox.real_paths import real_path
from adapters.sandbox.shell import PersistentShell, open_shell
from adapters.sandbox.started import Order, Started
from adapters.sandbox.starting import words_of
from domain.command import CommandResult, Place
from domain.errors import SandboxUnavailable

_BASH = "/bin/bash"
_GONE_SECONDS = 300.0


class Container:
    """Implements the port `Sandbox`.

    Each session runs as a user of its own without capabilities or a way to gain rights, with a home and a folder
    for temporary files of its own, without sockets beyond local ones, and opens only the folders of its place,
    whose groups it is in; it can signal and trace no process but its own, nor read another's environment.
    Landlock, where the kernel offers it, shuts it out of all other files as well, unless `shut_out` is false.

    What it can't give: paths are the real ones, not /workspace and /env; there is no loopback either, so tests
    that open a port fail; the machine's processes and their arguments can be listed; /tmp is one folder for all,
    cleaned after each session; a file of the checkout can be replaced and written, but its mode and dates can't be
    set, for it is the worker's; space on disks is watched, not walled in.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        interpreters: Iterable[Path] = (),
        *,
        socket: Path | None = None,
        shut_out: bool = True,
    ) -> None:
        self._bounds = bounds or Bounds()
        self._interpreters = Interpreters(interpreters)
        self._socket, self._shut_out = socket or place_of_socket(), shut_out

    async def shell(self, place: Place) -> PersistentShell:
        """A persistent shell in the workspace's folder. Raises `SandboxUnavailable`."""
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
        """One command in a session of its own in the workspace's folder; dies with all its children.

        `network` allows all sockets of the container's own network, for installing dependencies, and
        `writable_environment` lets the command fill /env.

        Raises:
            BadWork: no shell can take the command.
            SandboxUnavailable: no helper, no slot, or a folder that other users can't reach. A command that
                fails raises nothing.
        """

        def launcher() -> contextlib.AbstractContextManager[Launch]:
            return self.launch(place, variables, network=network, writable_environment=writable_environment)

        return await run_once(launcher, self._bounds, command, timeout_s)

    def path(self, place: Place, inside: str) -> str:
        """The real path of `/workspace/...` and `/env/...`; any other path as it is."""
        return real_path(place, inside)

    def unlock(self, folder: Path) -> None:
        """Have running sessions open to us what they have made in a folder and shut; waits.

        Raises:
            SandboxUnavailable: the helper does not answer.
        """
        unlock(self._socket, Path(os.path.realpath(folder)))

    def describe(self) -> str:
        """What keeps commands in, for people."""
        second = f", Landlock {landlock.version()}" if landlock.version() else ""
        return f"container (a user of its own for each session, no network{second})"

    @contextlib.contextmanager
    def launch(
        self,
        place: Place,
        variables: dict[str, str] | None = None,
        *,
        network: bool = False,
        writable_environment: bool = False,
    ) -> Iterator[Launch]:
        """How to have the helper start bash in this place. Raises `SandboxUnavailable`."""
        shown = Shown.of(place, self._interpreters, network=network, fills=writable_environment)
        given = variables or {}
        yield Launch(
            argv=(_BASH,),
            variables=given,
            writes=(*shown.writable, *(folder for folder in PUBLIC if folder.is_dir())),
            start=functools.partial(self._start, place, shown, given),
        )

    async def _start(self, place: Place, shown: Shown, given: dict[str, str], order: Order) -> Started:
        tenancy = await Tenancy.open(self._socket)
        try:
            taken = await tenancy.take(shown.writable, shown.readable)
            await _share(shown, taken, tenancy)
            inside = order.model_copy(update={"commands": COMMANDS, "reports": REPORTS})
            start = Start(
                argv=(_BASH, *words_of(inside, self._bounds, str(self._bounds.kernel_processes))),
                variables=variables_of(place, taken.folder, given),
                folder=place.workspace,
                groups=(*taken.groups, *taken.nested),
                reads=shown.reads(),
                writes=shown.writes(taken.folder),
                shut_out=self._shut_out,
                network=shown.network,
            )
            await tenancy.start(start, (order.prints, order.commands, order.reports))
        except BaseException:
            tenancy.close()
            raise
        return Started(
            family=Tenant(taken.uid, tenancy),
            wait=lambda: _shielded(tenancy.over),
            calm=tenancy.calm,
            gone=lambda: _ended(tenancy),
            weigh=tenancy.weigh,
        )


async def _share(shown: Shown, taken: Taken, tenancy: Tenancy) -> None:
    """Give each folder to its group; what sessions of an earlier start have left shut, their users open."""
    folders = (*shown.writable, *shown.readable)
    for folder, gid in zip(folders, taken.groups, strict=True):
        apart = frozenset({*taken.groups, *taken.nested} - {gid})
        for _ in range(2):
            strangers = await asyncio.to_thread(_give, folder, gid, write=folder in shown.writable, apart=apart)
            for uid in strangers:
                # Of a user that is no slot's nothing can be opened: commands are refused what is its.
                with contextlib.suppress(SandboxUnavailable):
                    await tenancy.settle(uid, folder, gid)
            if not strangers:
                break


def _give(folder: Path, gid: int, *, write: bool, apart: frozenset[int]) -> set[int]:
    sharing = Sharing(gid, write=write, apart=apart)
    try:
        let_through(folder)
        sharing.give(folder)
    except OSError as error:
        raise SandboxUnavailable(
            f"{folder} can't be opened to commands: {error.strerror}", "see who owns what is in it"
        ) from error
    return sharing.strangers


async def _shielded(over: "asyncio.Future[int]") -> int:
    return await asyncio.shield(over)


async def _ended(tenancy: Tenancy) -> None:
    tenancy.close()
    await asyncio.wait([tenancy.ended], timeout=_GONE_SECONDS)


def closed_to_others() -> None:
    """From now on what this process makes is shut to sessions, whose way to their folders leads past it."""
    os.umask(0o027)
