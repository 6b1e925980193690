"""A program of its own: opens sockets in the network of another process and hands them back.

    python -I -S inside.py PID DESCRIPTOR ADDRESS:PORT...

It enters the namespaces of process PID, which takes a process with one thread; that is why it is none of ours.
The sockets go, in order, through the socket DESCRIPTOR. It reads nothing that the sandbox holds.
"""

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
import sys

# <linux/sched.h>, <linux/nsfs.h>, <linux/sockios.h>
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_GET_USER = 0xB701
_SET_ADDRESS, _SET_NETMASK = 0x8916, 0x891C
_ADDRESS = struct.Struct("16sHH4s8x")
_WAITING = 128


def main(pid: str, descriptor: str, *wanted: str) -> None:
    """Open and hand back. Raises OSError for what the kernel refuses."""
    _enter(pid)
    opened = [_listening(number, *one.rsplit(":", 1)) for number, one in enumerate(wanted)]
    with socket.socket(fileno=int(descriptor)) as back:
        socket.send_fds(back, [b"."], [one.fileno() for one in opened])


def _enter(pid: str) -> None:
    """Its network; who is not root first becomes root of the user namespace that this network belongs to."""
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if os.geteuid() != 0:
        _join(fcntl.ioctl(network, _GET_USER), _NEW_USER)
    _join(network, _NEW_NET)


def _join(namespace: int, kind: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, kind) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _listening(number: int, address: str, port: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if not ipaddress.IPv4Address(address).is_loopback:
        name = f"lo:{number}".encode()
        for request, value in ((_SET_ADDRESS, address), (_SET_NETMASK, "255.255.255.255")):
            fcntl.ioctl(made, request, _ADDRESS.pack(name, socket.AF_INET, 0, socket.inet_aton(value)))
    made.bind((address, int(port)))
    made.listen(_WAITING)
    return made


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:
        sys.exit(str(error))
