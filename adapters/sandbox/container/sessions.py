"""The sessions of the helper: slots taken, programs started, folders opened, everything ended."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from adapters.sandbox.container.birth import begin_session
from adapters.sandbox.container.ground import require_own_folder
from adapters.sandbox.container.groups import Groups
from adapters.sandbox.container.nursery import Nursery
from adapters.sandbox.container.ranges import Ranges
from adapters.sandbox.container.seat import Seat
from adapters.sandbox.container.slots import Slot, Slots
from adapters.sandbox.container.wardens import Act, Warden
from adapters.sandbox.container.words import (
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

_FILES_OF_A_START = 3


class Sessions:
    """What the helper does for each seat; `forget` is told of those that are over."""

    def __init__(self, ranges: Ranges, slots: Slots, nursery: Nursery, forget: Callable[[Seat], None]) -> None:
        self._ranges, self._slots, self._groups = ranges, slots, Groups(ranges.groups)
        self._nursery, self._forget = nursery, forget
        self._held: set[Seat] = set()
        self.unended: set[Seat] = set()

    def obey(self, seat: Seat, request: Request, files: tuple[int, ...]) -> None:
        """Do it, or begin to; the seat is told when it is done.

        Raises:
            OSError: no child could be started.
            SandboxUnavailable: it can't be; says why.
        """
        match request:
            case Take():
                self._take(seat, request)
            case Start():
                self._start(seat, request, files)
            case Kill():
                self._kill(seat)
            case Weigh():
                self._weigh(seat)
            case Settle():
                self._settle(seat, request)
            case Unlock():
                self._nursery.after(self._unlocked(request.path), lambda: seat.say(Done()))

    def leave(self, seat: Seat) -> None:
        """End the session, once; it is forgotten when nothing of it is left."""
        slot = seat.slot
        if slot is None:
            self._forget(seat)
        elif not seat.leaving:
            seat.leaving = True
            self._end(seat, slot)

    def end_again(self) -> None:
        """Try once more to end those for which no child could be started: the machine had no process left."""
        for seat in tuple(self.unended):
            self.unended.discard(seat)
            if seat.slot:
                self._end(seat, seat.slot)

    def _end(self, seat: Seat, slot: Slot) -> None:
        try:
            pid = self._acted(seat, lambda warden: warden.end(seat.folders, slot.folder))
        except OSError:
            self.unended.add(seat)
            return
        self._nursery.expect(pid, lambda code: self._left(seat, slot, code))

    def _take(self, seat: Seat, request: Take) -> None:
        if seat.slot or not request.writable:
            raise SandboxUnavailable("a session has one slot, and a folder to work in")
        folders = (*request.writable, *request.readable)
        for folder in folders:
            require_own_folder(folder, self._ranges.worker)
        in_use = {gid for one in self._held for gid in one.groups}
        groups = tuple(self._groups.of(folder, in_use) for folder in folders)
        nested = tuple({gid for folder in folders for gid in self._groups.below(folder)} - set(groups))
        slot = self._slots.take(request.writable[0])
        opened = [pid for folder in request.writable for pid in self._unlocked(folder)]
        seat.slot, seat.groups = slot, (*groups, *nested)
        seat.folders = tuple(zip(request.writable, groups, strict=False))
        self._held.add(seat)
        taken = Taken(uid=slot.uid, folder=slot.folder, groups=groups, nested=nested)
        self._nursery.after(opened, lambda: seat.say(taken))

    def _start(self, seat: Seat, request: Start, files: tuple[int, ...]) -> None:
        slot = _slot_of(seat)
        if seat.pid is not None:
            raise SandboxUnavailable("a session starts once")
        if len(files) != _FILES_OF_A_START or not set(request.groups) <= set(seat.groups):
            raise SandboxUnavailable("a session starts with three descriptors, and with groups of its own folders")
        helper = os.getpid()
        seat.pid = os.fork()
        if not seat.pid:
            begin_session(request, slot.uid, files, helper)
        self._nursery.expect(seat.pid, lambda code: self._over(seat, code))
        seat.say(Begun(pid=seat.pid))

    def _over(self, seat: Seat, code: int) -> None:
        seat.say(Over(code=code))
        self.leave(seat)

    def _kill(self, seat: Seat) -> None:
        pid = seat.pid
        killers = () if pid is None or seat.leaving else (self._acted(seat, lambda warden: warden.kill_but(pid)),)
        self._nursery.after(killers, lambda: seat.say(Killed()))

    def _weigh(self, seat: Seat) -> None:
        slot = _slot_of(seat)
        folders = [folder for folder, _ in seat.folders]
        pid = self._acted(seat, lambda warden: seat.say(Done(size=warden.weigh(folders, slot.folder))))
        self._nursery.expect(pid, lambda code: seat.say(Refused(reason="it could not be weighed")) if code else None)

    def _settle(self, seat: Seat, request: Settle) -> None:
        _slot_of(seat)
        if request.uid not in self._ranges.users or request.gid not in seat.groups:
            raise SandboxUnavailable(f"user {request.uid} or group {request.gid} is none of the session's")
        require_own_folder(request.path, self._ranges.worker)
        pid = self._act_as(request.uid, (request.gid,), lambda warden: warden.settle(((request.path, request.gid),)))
        self._nursery.after([pid], lambda: seat.say(Done()))

    def _unlocked(self, path: Path) -> list[int]:
        """Children that open to the worker what running sessions have made below a folder."""
        return [
            self._acted(other, lambda warden, folders=other.folders: warden.settle(folders))  # type: ignore[misc]
            for other in self._held
            if not other.leaving and other.writes_below(path)
        ]

    def _acted(self, seat: Seat, act: Act) -> int:
        return self._act_as(_slot_of_any(seat).uid, seat.groups, act)

    def _act_as(self, uid: int, groups: tuple[int, ...], act: Act) -> int:
        """The child that acts; it is buried when it has ended, whether anybody waits or not."""
        return Warden(uid, self._ranges.warden(uid)).run(groups, act)

    def _left(self, seat: Seat, slot: Slot, code: int) -> None:
        clean = code == 0
        try:
            if clean:
                self._slots.give_back(slot)
        except OSError:
            clean = False
        if not clean:
            sys.stderr.write(f"claude-cluster-sandbox: slot {slot.uid} was not left clean and is not given out again\n")
            sys.stderr.flush()
        self._held.discard(seat)
        seat.slot = None
        seat.say(Ended())
        self._forget(seat)


def _slot_of(seat: Seat) -> Slot:
    if seat.leaving:
        raise SandboxUnavailable("the session is over")
    return _slot_of_any(seat)


def _slot_of_any(seat: Seat) -> Slot:
    if seat.slot is None:
        raise SandboxUnavailable("the session has no slot")
    return seat.slot
