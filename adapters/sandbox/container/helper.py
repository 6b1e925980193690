"""The helper: the one process that is root. It does as little as possible, and nothing in its own person.

One thread, no waiting: whatever takes time is done by a child, which first gives up root's rights.
"""

import os
import selectors
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress

from pydantic import ValidationError

from adapters.sandbox.container import channel
from adapters.sandbox.container.nursery import Nursery
from adapters.sandbox.container.ranges import Ranges
from adapters.sandbox.container.seat import Seat
from adapters.sandbox.container.sessions import Sessions
from adapters.sandbox.container.slots import Slots
from adapters.sandbox.container.words import REQUESTS, Refused
from domain.errors import SandboxUnavailable

_LAST_SECONDS = 20.0
_AGAIN_SECONDS = 0.5
_WORDS = 300
_CREDENTIALS = struct.Struct("=iII")  # ucred: process, user, group


class Helper:
    """Serves `listener` until the worker has ended; only the worker's user is heard."""

    def __init__(self, ranges: Ranges, listener: socket.socket, slots: Slots, nursery: Nursery) -> None:
        self._worker_user, self._listener, self._nursery = ranges.worker, listener, nursery
        self._seats: set[Seat] = set()
        self._sessions = Sessions(ranges, slots, nursery, self._forget)
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def run(self, worker: int) -> int:
        """Until the worker, a child of ours, has ended, and every session after it; gives its exit code."""
        code: list[int] = []
        self._nursery.expect(worker, code.append)
        self._selector.register(self._nursery.waking, selectors.EVENT_READ, lambda: self._nursery.attend(worker))
        while not code:
            self._turn(None)
        for seat in tuple(self._seats):
            self._sessions.leave(seat)
        until = time.monotonic() + _LAST_SECONDS
        while self._seats and (left := until - time.monotonic()) > 0:
            self._turn(left)
        return code[0]

    def _turn(self, seconds: float | None) -> None:
        if self._sessions.unended:
            seconds = _AGAIN_SECONDS if seconds is None else min(seconds, _AGAIN_SECONDS)
        for key, _ in self._selector.select(seconds):
            key.data()
        self._sessions.end_again()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # whoever it was is gone, or no descriptor is free just now
            return
        given = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, user, _ = _CREDENTIALS.unpack(given)
        if user != self._worker_user:
            connection.close()
            return
        connection.settimeout(0)
        seat = Seat(connection)
        self._seats.add(seat)
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._hear(seat))

    def _hear(self, seat: Seat) -> None:
        if seat not in self._seats:  # forgotten since both were seen: its end, and what it said or that it hung up
            return
        packet = channel.Packet(data=b"")
        with suppress(OSError):
            packet = channel.receive(seat.connection)
        if not packet.data:
            self._selector.unregister(seat.connection)
            seat.hung_up = True
            self._sessions.leave(seat)
            return
        try:
            self._sessions.obey(seat, REQUESTS.validate_json(packet.data), packet.files)
        except SandboxUnavailable as refusal:
            seat.say(Refused(reason=refusal.reason, remedy=refusal.remedy))
        except (ValidationError, OSError) as error:
            seat.say(Refused(reason=f"the sandbox's helper refused: {' '.join(str(error).split())[:_WORDS]}"))
        finally:
            _close(packet.files)

    def _forget(self, seat: Seat) -> None:
        if seat in self._seats:
            self._seats.discard(seat)
            if not seat.hung_up:
                self._selector.unregister(seat.connection)
            seat.connection.close()


def _close(files: Iterable[int]) -> None:
    for fd in files:
        with suppress(OSError):
            os.close(fd)
