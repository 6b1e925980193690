"""Packets with descriptors, over a local socket that keeps them apart."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from domain.frozen import Frozen

VARIABLE = "CLAUDE_CLUSTER_SANDBOX_SOCKET"
PLACE = Path("/run/claude-cluster-sandbox/socket")
LARGEST = 180_000  # bytes; what a socket of Linux takes by default in one packet is a little more
_MOST_FILES = 8


class Packet(Frozen):
    """One message; without data, the other side is gone."""

    data: bytes
    files: tuple[int, ...] = ()


def place_of_socket() -> Path:
    """Where the helper that started us listens: it says so, as an SSH agent does."""
    return Path(os.environ.get(VARIABLE) or PLACE)


def open_socket() -> socket.socket:
    """A socket of the kind that both sides use."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, data: bytes, files: Sequence[int] = ()) -> None:
    """Send one packet. Raises `OSError`; `ValueError` for one that is too large."""
    if len(data) > LARGEST:
        raise ValueError(f"{len(data):,} bytes are more than one message may have")
    if files:
        socket.send_fds(sock, [data], files)
    else:
        sock.send(data)


def receive(sock: socket.socket) -> Packet:
    """The next packet; the descriptors in it are the receiver's to close. Raises `OSError`."""
    data, files, _, _ = socket.recv_fds(sock, LARGEST, _MOST_FILES, socket.MSG_CMSG_CLOEXEC)
    return Packet(data=data, files=tuple(files))
