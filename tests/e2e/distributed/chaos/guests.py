"""The nodes of a cluster that things happen to: they come, go, come back, and are looked after."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.distributed.chaos.rooms import Room, rooms_work

_INTERRUPTED = 130  # of a node that was asked to stop before it was ready
_FORK_SERVER = "cluster.node.fork_server"


@dataclass
class Guest:
    """A node under way; `room` is its own network, where there is one."""

    name: str
    home: Path
    running: Any
    room: Room | None

    @property
    def fork_server(self) -> psutil.Process | None:
        """The process that its runs come from."""
        with suppress(psutil.NoSuchProcess):
            for one in psutil.Process(self.running.process.pid).children():
                if _FORK_SERVER in one.cmdline():
                    return one
        return None

    def runs(self) -> list[psutil.Process]:
        """The processes of its runs: each is the only child, or the first, of a keeper."""
        found: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            for keeper in self.fork_server.children() if self.fork_server else []:
                with suppress(psutil.NoSuchProcess, IndexError):
                    found.append(keeper.children()[0])
        return found


@dataclass
class Guests:
    """`alive` are those that work, `leaving` those that were asked to stop."""

    cluster: Any
    apart: bool = field(default_factory=rooms_work)
    alive: list[Guest] = field(default_factory=list)
    leaving: list[Guest] = field(default_factory=list)
    made: int = 0

    def come(self, home: Path | None = None) -> Guest:
        """A node under a name that nobody had, with an empty disk, or with that of one that died."""
        self.made += 1
        name = f"node-{self.made}"
        room = Room(self._services()) if self.apart else None
        home = home or Path(self.cluster.stage.folder) / name
        running = self.cluster.join(name, ready=False, room=room, home=home)
        self.alive.append(Guest(name, home, running, room))
        return self.alive[-1]

    def die(self, guest: Guest, *, family: bool) -> None:
        """Power loss; or only its own process is killed, and what it started has to end by itself."""
        self.alive.remove(guest)
        if family:
            self.cluster.kill(guest.running)
        else:
            guest.running.process.kill()
            guest.running.process.wait()
        if guest.room:
            guest.room.close()

    def leave(self, guest: Guest) -> None:
        """SIGTERM, as systemd sends it."""
        self.alive.remove(guest)
        guest.running.process.terminate()
        self.leaving.append(guest)

    def see_off(self) -> list[str]:
        """Wait for those that were asked to stop; what they did wrong."""
        wrong = []
        for guest in self.leaving:
            done = guest.running.wait(90)
            code = done.code
            if code and not (code == _INTERRUPTED and "ready:" not in done.stdout + done.stderr):
                wrong.append(f"{guest.name} was asked to stop and ended with {code}")
            if guest.room:
                guest.room.close()
        self.leaving.clear()
        return wrong

    def close(self) -> None:
        """Take down the rooms; the processes are the cluster's to end."""
        for guest in [*self.alive, *self.leaving]:
            if guest.room:
                guest.room.close()

    def _services(self) -> tuple[int, ...]:
        rehearsal = self.cluster.stage.rehearsal
        return tuple(int(url.rsplit(":", 1)[1]) for url in (rehearsal.server_url, rehearsal.model_url))
