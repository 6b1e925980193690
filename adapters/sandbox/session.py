"""One started bash, its pipes and what happens to it."""

import asyncio
import contextlib
from collections.abc import Callable

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.cgroup import Cgroup, make_cgroup
from adapters.sandbox.disk import Disk
from adapters.sandbox.driver import Status, Statuses
from adapters.sandbox.launch import Launch, Launcher
from adapters.sandbox.output import Output
from adapters.sandbox.pipes import PipeReader, Pipes, PipeWriter
from adapters.sandbox.started import Order, Started
from adapters.sandbox.starting import REMEDY, start_child
from adapters.sandbox.watch import Exceeded, Watch
from domain.errors import SandboxUnavailable
from domain.frozen import Frozen

_START_SECONDS = 20.0
_GONE_SECONDS = 2.0
_PASSES = 200


class Exited(Frozen):
    """Bash is gone; a death by signal n is code 128 + n, as shells say it."""

    code: int


Event = Status | Exited | Exceeded


class Session:
    """Made by `start_session`; everything that happens to it arrives in `events`, in order."""

    def __init__(
        self,
        started: Started,
        launch: Launch,
        pipes: Pipes,
        bounds: Bounds,
        outputs: Callable[[], Output],
    ) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.alive = True
        self.held = contextlib.ExitStack()
        self._started, self._family = started, started.family
        # The first process to move waits for the kernel, 10 ms and more, while bubblewrap starts anyway.
        self._grouping = asyncio.create_task(asyncio.to_thread(make_cgroup, bounds, self._family.pids()))
        self._writes, self.network = launch.writes, launch.network
        self._refusals = 0
        self._bounds, self._outputs = bounds, outputs
        self._output = outputs()
        self._flooded = False
        self._ticket = 0
        self._statuses = Statuses()
        self._printed = PipeReader(pipes.printed, self._print)
        self._reported = PipeReader(pipes.reported, self._report)
        self._commanding = PipeWriter(pipes.commanding)
        self._exit = asyncio.create_task(self._wait())
        self._watch: asyncio.Task[None] | None = None
        self._cgroup: Cgroup | None = None

    async def ready(self) -> None:
        """Wait until bash takes commands.

        Raises:
            SandboxUnavailable: it ended, or said nothing for 20 s.
        """
        try:
            async with asyncio.timeout(_START_SECONDS):
                event = await self.events.get()
        except TimeoutError as error:
            raise SandboxUnavailable("the sandbox did not start in time", REMEDY) from error
        if isinstance(event, Exited):
            words = self.take().strip().splitlines() or [f"exit code {event.code}"]
            raise SandboxUnavailable(f"the sandbox did not start: {words[-1]}", REMEDY)
        self._family.begun()
        self._cgroup = await self._grouping
        if self._cgroup:
            self._cgroup.take(self._family.pids())
        watch = Watch(self._family, self._bounds, Disk(self._writes, self._bounds, self._started.weigh), self._cgroup)
        self._watch = asyncio.create_task(watch.run(self._exceed))

    def send(self, command: bytes) -> int:
        """Give bash a command; returns the ticket that its status will carry."""
        self._ticket += 1
        self._commanding.write(b"%d\0%s\0" % (self._ticket, command))
        return self._ticket

    def take(self) -> str:
        """What has been printed since the last call."""
        self._printed.drain()
        output, self._output, self._flooded = self._output, self._outputs(), False
        return output.text()

    def refusals(self) -> tuple[str, ...]:
        """Connections that were refused since the last call, a sentence each."""
        use = self.network()
        new = use.refused[self._refusals :] if use else ()
        self._refusals += len(new)
        return new

    def pids(self) -> tuple[int, ...]:
        """The processes of the sandbox, the one that started it among them."""
        return self._family.pids()

    def kill_commands(self) -> None:
        """Kill all but bash and the namespace's init, once."""
        self._family.kill_commands()

    def kill(self) -> None:
        """Kill all and let go of all; never waits, so it works while being cancelled."""
        if not self.alive:
            return
        self.alive = False
        self._family.kill()
        if self._watch:
            self._watch.cancel()
        for pipe in (self._printed, self._reported, self._commanding):
            pipe.close()
        self.held.close()

    async def calm(self) -> None:
        """Wait until what was to be killed has been."""
        await self._started.calm()

    async def gone(self) -> None:
        """Wait until the kernel has ended bash and all others, at most 4 s, and what else the kind needs."""
        await asyncio.wait([self._exit], timeout=_GONE_SECONDS)
        await self._started.gone()
        for _ in range(_PASSES):
            if not self._cgroup or self._cgroup.remove():
                return
            await asyncio.sleep(_GONE_SECONDS / _PASSES)

    async def _wait(self) -> None:
        code = await self._started.wait()
        self.events.put_nowait(Exited(code=128 - code if code < 0 else code))

    def _print(self, data: bytes) -> None:
        self._output.feed(data)
        if self._output.size > self._bounds.output and not self._flooded:
            self._flooded = True
            self._exceed(Exceeded(limit="output", cap=self._bounds.output))

    def _report(self, data: bytes) -> None:
        for status in self._statuses.feed(data):
            self.events.put_nowait(status)

    def _exceed(self, event: Exceeded) -> None:
        self.events.put_nowait(event)
        if event.limit == "processes":
            self._family.kill()
        else:
            self._family.kill_commands()


async def start_session(launcher: Launcher, driver: str, bounds: Bounds, outputs: Callable[[], Output]) -> Session:
    """Start bash with this driver and wait until it takes commands. Raises `SandboxUnavailable`."""
    with contextlib.ExitStack() as held:
        launch = held.enter_context(launcher())
        pipes = Pipes()
        try:
            order = Order(driver=driver, prints=pipes.prints, commands=pipes.commands, reports=pipes.reports)
            started = await (launch.start(order) if launch.start else start_child(launch, order, bounds))
        except BaseException:
            pipes.close_ours()
            raise
        finally:
            pipes.close_theirs()
        session = Session(started, launch, pipes, bounds, outputs)
        session.held = held.pop_all()
    try:
        await session.ready()
        launch.ready()
        await launch.open_network(session.pids())
    except BaseException:
        session.kill()
        raise
    return session
