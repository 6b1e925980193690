"""A filter of system calls that no build or test needs, made by hand as classic BPF."""

import errno
import platform
import struct

from domain.frozen import Frozen

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32_BIT = 0x40000000
_FAMILIES = (1, 2, 10, 16)

# The same on every architecture: io_uring_setup, _enter, _register, open_tree, move_mount, fsopen,
# fsconfig, fsmount, fspick, pidfd_getfd, mount_setattr.
_NEWER = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442)


class Machine(Frozen):
    """Numbers of one architecture, from the kernel's unistd.h and audit.h.

    `refused` in this order: mount, umount2, pivot_root, chroot, unshare, setns, open_by_handle_at, add_key,
    request_key, keyctl, bpf, userfaultfd, perf_event_open, kexec_load, syslog.
    """

    audit: int
    socket: int
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E,
        socket=41,
        refused=(165, 166, 155, 161, 272, 308, 304, 248, 249, 250, 321, 323, 298, 246, 103),
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        socket=198,
        refused=(40, 39, 41, 51, 97, 268, 265, 217, 218, 219, 280, 282, 241, 104, 116),
    ),
}


def program(machine: str | None = None) -> bytes | None:
    """The filter for this machine, as bubblewrap's `--seccomp` reads it; None for an architecture not known here.

    Refused calls fail with EPERM. Sockets are local, IPv4, IPv6 or netlink: others, such as vsock, are not
    confined by a network namespace. Calls of another architecture's table fail, for their numbers differ.
    """
    known = _MACHINES.get(machine or platform.machine())
    if not known:
        return None
    refused = (*known.refused, *_NEWER)
    socket = 4 + len(refused)
    error = socket + 2 + len(_FAMILIES)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, error - 2, known.audit),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, error - 4, 0, _X32_BIT),
        *((_EQUAL, error - 5 - index, 0, number) for index, number in enumerate(refused)),
        (_EQUAL, 0, error - socket, known.socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *((_EQUAL, len(_FAMILIES) - index, 0, family) for index, family in enumerate(_FAMILIES)),
        (_RETURN, 0, 0, _ERROR | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
