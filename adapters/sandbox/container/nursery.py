"""The helper's children: what to do when each has ended, and signals for the one that is the worker."""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PIECE = 1024

Then = Callable[[int], None]


class Nursery:
    """Notices ended children, adopted ones too. `waking` becomes readable when there is something to attend to."""

    def __init__(self) -> None:
        self._ends: dict[int, list[Then]] = {}
        self.waking, self._wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, *_PASSED_ON):
            signal.signal(number, lambda *_: None)

    def expect(self, pid: int, then: Then) -> int:
        """Call `then` with the exit code when this child has ended: minus n by signal n."""
        self._ends.setdefault(pid, []).append(then)
        return pid

    def after(self, pids: Iterable[int], act: Callable[[], None]) -> None:
        """Act when all of these children have ended, however they did."""
        waiting = set(pids)
        if not waiting:
            act()

        def ended(pid: int) -> None:
            waiting.discard(pid)
            if not waiting:
                act()

        for pid in tuple(waiting):
            self.expect(pid, lambda _, one=pid: ended(one))  # type: ignore[misc]

    def attend(self, worker: int) -> None:
        """Pass signals on to the worker, and bury whoever has ended."""
        for number in os.read(self.waking, _PIECE):
            if number in _PASSED_ON:
                with suppress(ProcessLookupError):
                    os.kill(worker, number)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for then in self._ends.pop(pid, []):
                then(os.waitstatus_to_exitcode(status))
