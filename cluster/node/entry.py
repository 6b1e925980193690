"""What a Prefect worker starts for a run: asks the fork server for the run's process, and stands for it.

Run as `python -I -S entry.py SOCKET FOLDER`, with the standard library's least: it is up in 15 ms. Its environment, its
folder and its output become the run's; signals go to the run, and it ends as the run has ended. When there is no
fork server, it becomes the keeper of a run that is started plainly.
"""

import os
import signal
import socket
import sys
from types import FrameType

_ANSWER_SECONDS = 30.0  # a fork server that loads has not answered yet
_LOOK_SECONDS = 1.0


def main(path: str, place: str) -> None:
    """Start the run, wait for its end, and end the same way; its process is noted in the folder `place`."""
    parent = os.getppid()
    os.setsid()  # Ctrl-C in a terminal is for the node, which drains
    connection = _asked(path, place)
    if connection is None:
        plain = [sys.executable, "-P", "-m", "cluster.node.keeper", place]
        os.execv(sys.executable, plain)  # noqa: S606 - ourselves

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a signal handler
        try:
            connection.send(bytes([number]))
        except OSError:
            os._exit(1)  # the keeper is gone, and with it the run

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    _end_like(_verdict(connection, parent))


def _asked(path: str, place: str) -> socket.socket | None:
    """A connection to the keeper of the run; None if there is no fork server that takes it."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_ANSWER_SECONDS)
    try:
        connection.connect(path)
        words = [os.fsencode(place), *(name + b"=" + value for name, value in os.environb.items())]
        request = b"\0".join(words)
        socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2, os.open(".", os.O_RDONLY)])
        connection.sendall(request)
        return connection if connection.recv(1) == b"+" else None
    except OSError:
        return None


def _verdict(connection: socket.socket, parent: int) -> int:
    """The run's status as of `os.waitpid`; ends the run (by closing) when the worker is gone."""
    connection.settimeout(_LOOK_SECONDS)
    while os.getppid() == parent:
        try:
            answer = connection.recv(8)
        except TimeoutError:
            continue
        except OSError:
            break
        return int(answer) if answer else signal.SIGKILL
    return signal.SIGKILL


def _end_like(status: int) -> None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
