"""Our ends of the pipes to bash, driven by the event loop and never blocking it."""

import asyncio
import fcntl
import os
from collections.abc import Callable

_PIECE = 1 << 18
_MOST_AT_ONCE = 1 << 20
_ABOVE_BASH = 20


class Pipes:
    """Three pipes to one bash: what it prints, the commands it reads, the statuses it reports."""

    def __init__(self) -> None:
        self.printed, self.prints = _open_pipe()
        self.commands, self.commanding = _open_pipe()
        self.reported, self.reports = _open_pipe()

    def close_ours(self) -> None:
        """Close our ends, where nothing has taken them over."""
        for end in (self.printed, self.commanding, self.reported):
            os.close(end)

    def close_theirs(self) -> None:
        """Close bash's ends, once it has its copies."""
        for end in (self.prints, self.commands, self.reports):
            os.close(end)


def _open_pipe() -> tuple[int, int]:
    """Read and write end, numbered so high that they can't meet the numbers bash uses."""
    low = os.pipe()
    try:
        read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ABOVE_BASH) for end in low)
    finally:
        for end in low:
            os.close(end)
    return read, write


class PipeReader:
    """Hands on whatever arrives, until the pipe ends or is closed."""

    def __init__(self, fd: int, feed: Callable[[bytes], None]) -> None:
        self._fd = fd
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._open = True
        os.set_blocking(fd, False)
        self._loop.add_reader(fd, self._read)

    def drain(self) -> None:
        """Read what is there now, but not for ever: something may go on writing."""
        taken = 0
        while self._open and taken < _MOST_AT_ONCE and (count := self._read()):
            taken += count

    def close(self) -> None:
        """Stop reading."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._fd)
            os.close(self._fd)

    def _read(self) -> int:
        try:
            data = os.read(self._fd, _PIECE)
        except BlockingIOError:
            return 0
        if not data:
            self.close()
            return 0
        self._feed(data)
        return len(data)


class PipeWriter:
    """Sends bytes as fast as the other side takes them."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._pending = b""
        self._loop = asyncio.get_running_loop()
        self._open = True
        os.set_blocking(fd, False)

    def write(self, data: bytes) -> None:
        """Send after what is still waiting."""
        self._pending += data
        self._flush()

    def close(self) -> None:
        """Stop writing; what is still waiting is lost."""
        if self._open:
            self._open = False
            self._loop.remove_writer(self._fd)
            os.close(self._fd)

    def _flush(self) -> None:
        if not self._open:
            return
        try:
            self._pending = self._pending[os.write(self._fd, self._pending) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.close()
            return
        if self._pending:
            self._loop.add_writer(self._fd, self._flush)
        else:
            self._loop.remove_writer(self._fd)
