"""A session as the worker holds it: one connection to the helper, from a free slot to nothing left."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from adapters.sandbox.container import channel
from adapters.sandbox.container.words import (
    ANSWERS,
    Answer,
    Begun,
    Done,
    Ended,
    Kill,
    Killed,
    Over,
    Refused,
    Request,
    Settle,
    Start,
    Take,
    Taken,
    Unlock,
    Weigh,
)
from domain.errors import SandboxUnavailable

_KILLED = -9
_CONNECT_S = 20
_REMEDY = "see what `claude-cluster setup` says about the sandbox"
START_IT = (
    "start this container as root with `claude-cluster-sandbox -- claude-cluster-distributed start-node ...` "
    "as its entry point"
)


class Tenancy:
    """Made by `take`. Questions are asked one at a time; `over` and `ended` come whenever they come."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._turn = asyncio.Lock()
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._open = True
        self._kills = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[int] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._listening = loop.create_task(self._listen())

    @classmethod
    async def open(cls, place: Path) -> Self:
        """Connect. Raises `SandboxUnavailable` where no helper listens, or not to us."""
        return cls(await asyncio.to_thread(_connect, place))

    async def take(self, writable: Sequence[Path], readable: Sequence[Path]) -> Taken:
        """A slot of one's own. Raises `SandboxUnavailable` when there is none."""
        answer = await self._ask(Take(writable=tuple(writable), readable=tuple(readable)))
        if not isinstance(answer, Taken):
            raise _unexpected(answer)
        return answer

    async def start(self, start: Start, files: Sequence[int]) -> None:
        """Start the program, with its output, its commands and its reports. Raises `SandboxUnavailable`."""
        answer = await self._ask(start, files)
        if not isinstance(answer, Begun):
            raise _unexpected(answer)

    async def settle(self, uid: int, path: Path, gid: int) -> None:
        """Have a slot's user open what it left below a folder. Raises `SandboxUnavailable`."""
        await self._done(Settle(uid=uid, path=path, gid=gid))

    async def weigh(self) -> int:
        """Bytes that the session holds on disks; 0 once it is over."""
        try:
            return await self._done(Weigh())
        except SandboxUnavailable:
            return 0

    def kill_commands(self) -> None:
        """Have all killed but the first process; never waits, see `calm`."""
        if self._open:
            self._kills += 1
            self._quiet.clear()
            try:
                channel.send(self._sock, Kill().model_dump_json().encode())
            except OSError:
                self.close()

    async def calm(self) -> None:
        """Wait until everything has been killed that was to be: what starts later must not be hit."""
        await self._quiet.wait()

    def close(self) -> None:
        """End the session; never waits. `ended` tells when nothing is left."""
        if self._open:
            self._open = False
            try:
                self._sock.shutdown(socket.SHUT_WR)
            except OSError:
                self._listening.cancel()

    async def _done(self, request: Request) -> int:
        answer = await self._ask(request)
        if not isinstance(answer, Done):
            raise _unexpected(answer)
        return answer.size

    async def _ask(self, request: Request, files: Sequence[int] = ()) -> Answer:
        async with self._turn:
            if self.ended.done():
                return Refused(reason="the sandbox's helper is gone")
            try:
                channel.send(self._sock, request.model_dump_json().encode(), files)
            except (OSError, ValueError) as error:
                return Refused(reason=f"the sandbox's helper takes no message: {error}")
            return await self._answers.get()

    async def _listen(self) -> None:
        try:
            while data := await asyncio.get_running_loop().sock_recv(self._sock, channel.LARGEST):
                self._hear(ANSWERS.validate_json(data))
        except OSError:
            pass
        finally:
            self._open = False
            self._sock.close()
            self._hear(Over(code=_KILLED))
            self._hear(Ended())
            self._answers.put_nowait(Refused(reason="the sandbox's helper is gone"))

    def _hear(self, answer: Answer) -> None:
        match answer:
            case Over():
                if not self.over.done():
                    self.over.set_result(answer.code)
            case Killed():
                self._kills -= 1
                if self._kills <= 0:
                    self._quiet.set()
            case Ended():
                self._quiet.set()
                if not self.ended.done():
                    self.ended.set_result(None)
            case _:
                self._answers.put_nowait(answer)


def unlock(place: Path, path: Path) -> None:
    """Have running sessions open to us what they made below a folder; waits. Raises `SandboxUnavailable`."""
    with _connect(place) as sock:
        sock.settimeout(_CONNECT_S)
        try:
            channel.send(sock, Unlock(path=path).model_dump_json().encode())
            channel.receive(sock)
        except OSError as error:
            raise SandboxUnavailable(f"the sandbox's helper does not answer: {error}", _REMEDY) from error


def _connect(place: Path) -> socket.socket:
    sock = channel.open_socket()
    try:
        sock.settimeout(_CONNECT_S)
        sock.connect(str(place))
    except OSError as error:
        sock.close()
        raise SandboxUnavailable(
            f"no helper of the sandbox `container` answers at {place}: {error.strerror or error}", START_IT
        ) from error
    sock.settimeout(0)
    return sock


def _unexpected(answer: Answer) -> SandboxUnavailable:
    if isinstance(answer, Refused):
        return SandboxUnavailable(answer.reason, answer.remedy or _REMEDY)
    return SandboxUnavailable(f"the sandbox's helper said {answer.kind!r}", _REMEDY)
