"""What goes wrong while a cluster works: one kind a method, dealt by a seeded hand."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psutil

from demo.wire.faults import Fault
from tests.e2e.distributed.chaos.guests import Guests

_MESSAGES = r"/v1/messages$"
_READY_S, _STARTS = 300, 3
_STOPS_WITHIN_S = 15.0
_GONE_WITHIN_S = 15.0
_SLEEP_S = (65.0, 80.0)  # longer than a lease


@dataclass
class Havoc:
    """`done` counts what really happened; `complaints` are about what was not as promised at once."""

    cluster: Any
    chance: Random
    guests: Guests
    done: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    _deck: list[Callable[[], bool]] = field(default_factory=list)
    _later: list[threading.Timer] = field(default_factory=list)

    def happen(self) -> None:
        """The next one of the deck; what finds nothing to break is no fault, and is laid below the others."""
        while True:
            if not self._deck:
                self._deck = self._shuffled()
            kind = self._deck.pop()
            began = time.monotonic()
            if kind():
                self.done[kind.__name__] += 1
                sys.stderr.write(f"{time.strftime('%H:%M:%S')} {kind.__name__} {time.monotonic() - began:.1f} s\n")
                return
            time.sleep(0.5)
            self._deck.insert(0, kind)

    def _shuffled(self) -> list[Callable[[], bool]]:
        """Every kind comes before any comes more often than it should."""
        times = {
            self.run_killed: 4,
            self.run_paused: 2,
            self.run_sleeps: 1,
            self.node_dies: 2,
            self.worker_killed: 2,
            self.node_stops: 2,
            self.fork_server_dies: 1,
            self.coordinator_dies: 1,
            self.coordinator_stops: 1,
            self.database_dies: 2,
            self.prefect_dies: 2,
            self.dispatcher_dies: 1,
            self.forge_fails: 3,
            self.model_fails: 3,
            self.link_cut: 3 if self.guests.apart else 0,
            self.link_cut_for_long: 1 if self.guests.apart else 0,
        }
        deck = [kind for kind, many in times.items() for _ in range(many)]
        self.chance.shuffle(deck)
        return deck

    def settle(self) -> None:
        """Everything that is to be mended later is mended, and nothing new goes wrong."""
        for one in self._later:
            one.join()
        rehearsal = self.cluster.stage.rehearsal
        rehearsal.model.mend()
        rehearsal.model.faults.clear()
        rehearsal.forge.faults.clear()

    def run_killed(self) -> bool:
        """Kill -9 of the process that works on an issue."""
        if run := self._run():
            run.kill()
        return run is not None

    def run_paused(self) -> bool:
        """It sleeps for a few seconds, and goes on as if nothing had been."""
        return self._asleep(self.chance.uniform(1, 5))

    def run_sleeps(self) -> bool:
        """It sleeps for longer than its claim lasts, and finds itself replaced."""
        return self._asleep(self.chance.uniform(*_SLEEP_S))

    def node_dies(self) -> bool:
        """Power loss; it comes back under another name, with its disk or with an empty one."""
        guest = self.chance.choice(self.guests.alive)
        self.guests.die(guest, family=True)
        self.guests.come(guest.home if self.chance.random() < 0.5 else None)
        return True

    def worker_killed(self) -> bool:
        """Kill -9 of the node's own process: its runs must end with it."""
        guest = self.chance.choice(self.guests.alive)
        family = guest.running.family()
        self.guests.die(guest, family=False)
        deadline = time.monotonic() + _GONE_WITHIN_S
        while not guest.running.gone(family):
            if time.monotonic() > deadline:
                self.complaints.append(f"{guest.name} was killed, and its processes live on: {_told(family)}")
                break
            time.sleep(0.2)
        self.guests.come(guest.home if self.chance.random() < 0.5 else None)
        return True

    def node_stops(self) -> bool:
        """SIGTERM; another one takes its place meanwhile."""
        self.guests.leave(self.chance.choice(self.guests.alive))
        self.guests.come()
        return True

    def fork_server_dies(self) -> bool:
        """Kill -9 of the process that runs are copied from."""
        servers = [one for one in (guest.fork_server for guest in self.guests.alive) if one]
        if servers:
            self.chance.choice(servers).kill()
        return bool(servers)

    def coordinator_dies(self) -> bool:
        """Power loss, with its database and its Prefect server; it is started again."""
        self.cluster.kill(self.cluster.coordinator)
        time.sleep(self.chance.uniform(0, 3))
        return self._started_again()

    def coordinator_stops(self) -> bool:
        """SIGTERM; it is started again."""
        began, running = time.monotonic(), self.cluster.coordinator
        running.process.terminate()
        code = running.wait(60).code
        if code or time.monotonic() - began > _STOPS_WITHIN_S:
            self.complaints.append(f"the coordinator took {time.monotonic() - began:.0f} s to stop, code {code}")
        return self._started_again()

    def revive(self) -> None:
        """A coordinator that has ended by itself is started again, as a service manager does; it is a fault of ours."""
        if (code := self.cluster.coordinator.process.poll()) is not None:
            said = self.cluster.coordinator.stderr.read_text()[-500:]
            self.complaints.append(f"the coordinator has ended by itself, code {code}: {said}")
            self._started_again()

    def _started_again(self) -> bool:
        for _ in range(_STARTS):
            with suppress(AssertionError):
                self.cluster.start(within=_READY_S)
                return True
            self.complaints.append(
                f"the coordinator does not start: {self.cluster.coordinator.stderr.read_text()[-500:]}"
            )
            self.cluster.coordinator.end()
        raise AssertionError(self.complaints[-1])

    def database_dies(self) -> bool:
        """Kill -9 of PostgreSQL's first process; the coordinator starts it again."""
        return self._kill_child("postgres")

    def prefect_dies(self) -> bool:
        """Kill -9 of the Prefect server."""
        return self._kill_child("prefect")

    def dispatcher_dies(self) -> bool:
        """Kill -9 of the coordinator's own worker."""
        return self._kill_child("cluster.coordinator.dispatcher")

    def link_cut(self) -> bool:
        """Nothing passes between a node and the coordinator for some seconds; at times nothing else either."""
        return self._cut(self.chance.uniform(3, 25))

    def link_cut_for_long(self) -> bool:
        """For longer than a claim lasts: another node goes on, and this one is refused when it is back."""
        return self._cut(self.chance.uniform(*_SLEEP_S))

    def forge_fails(self) -> bool:
        """The next requests are answered by nobody, late, or by an error."""
        kinds = [
            *(
                Fault(status=502, times=2),
                Fault(status=503, times=3),
                Fault(drop="after"),
                Fault(drop="before", times=2),
            ),
            *(Fault(delay_s=40), Fault(status=429, headers=(("retry-after", "2"),))),
        ]
        self.cluster.stage.rehearsal.forge.fail(self.chance.choice(kinds))
        return True

    def model_fails(self) -> bool:
        """Overloaded, asked too often, broken, cut off, or silent for a while."""
        overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        limited = {"type": "error", "error": {"type": "rate_limit_error", "message": "Too many"}}
        broken = {"type": "error", "error": {"type": "api_error", "message": "Internal server error"}}
        kinds = [
            Fault(path=_MESSAGES, status=529, body=overloaded, times=2),
            Fault(path=_MESSAGES, status=429, body=limited, headers=(("retry-after", "2"),)),
            Fault(path=_MESSAGES, status=500, body=broken, times=2),
            *(Fault(path=_MESSAGES, drop="before", times=2), Fault(path=_MESSAGES, drop="after")),
            *(Fault(path=_MESSAGES, delay_s=25), Fault(path=_MESSAGES, delay_s=15, drop="before")),
        ]
        self.cluster.stage.rehearsal.model.fail(self.chance.choice(kinds))
        return True

    def _run(self) -> psutil.Process | None:
        runs = [run for guest in self.guests.alive for run in guest.runs()]
        return self.chance.choice(runs) if runs else None

    def _asleep(self, seconds: float) -> bool:
        run = self._run()
        if run is None:
            return False

        def wake() -> None:
            with suppress(psutil.NoSuchProcess):
                run.resume()

        run.suspend()
        self._after(seconds, wake)
        return True

    def _cut(self, seconds: float) -> bool:
        room = self.chance.choice(self.guests.alive).room
        if room is None:
            return False
        room.cut(services=self.chance.random() < 0.5)
        self._after(seconds, room.mend)
        return True

    def _kill_child(self, word: str) -> bool:
        for one in psutil.Process(self.cluster.coordinator.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if any(word in part for part in one.cmdline()[:6]):
                    one.kill()
                    return True
        return False

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._later.append(threading.Timer(seconds, act))
        self._later[-1].start()


def _told(family: list[psutil.Process]) -> str:
    words = []
    for one in family:
        with suppress(psutil.Error):
            words.append(f"{one.pid} {one.status()} {' '.join(one.cmdline())[:80]}")
    return "; ".join(words)
