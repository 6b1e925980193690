"""A filter of system calls that no build or test needs, made by hand as classic BPF."""

import errno
import platform
import struct
from collections.abc import Iterable

from adapters.sandbox.syscalls import CLONE3, MACHINES, NEWER, OPENAT2, Call, Machine

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000
FAMILIES = (1, 2, 10, 16)

# CLONE_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID and _NEWNET: a namespace of one's own.
_NAMESPACES = 0x7E020000
# TIOCSTI types on a terminal, TIOCLINUX pastes there.
_TERMINAL = (0x5412, 0x541C)
# Memory that no process maps is counted by nobody: segments stay small, files in memory have folders of their own.
_SEGMENT_BYTES = 65_536
# O_CREAT and the kernel's part of O_TMPFILE: without them the mode of an open means nothing, and may be anything.
_MAKES_A_FILE = 0x400040
# Outside, a file that runs as its owner would run as us, whoever of this machine starts it.
_SET_USER_ID = 0o4000

_Step = tuple[int, int, int, int]


def program(machine: str | None = None, *, families: tuple[int, ...] = FAMILIES) -> bytes | None:
    """The filter for this machine, as bubblewrap's `--seccomp` reads it; None for an architecture not known here.

    Refused calls fail with EPERM. Sockets are of `families`: local, IPv4, IPv6 or netlink, for others, such as
    vsock, are not confined by a network namespace. Namespaces can't be made, nor terminals typed on, nor memory
    taken that no process maps, nor files made that run as their owner. Calls of another architecture's table
    fail, for their numbers differ. What a filter can't look into is told not to exist, so that programs do
    without.
    """
    known = MACHINES.get(machine or platform.machine())
    if not known:
        return None
    steps: list[_Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, known.audit),
        _refusal(errno.EPERM),
        (_LOAD, 0, 0, _NUMBER),
        *_refused_if(_AT_LEAST, _X32_BIT),
        *_refused_if_any(_EQUAL, (*known.refused, *NEWER)),
        *_refused_if_any(_EQUAL, (CLONE3, OPENAT2, known.memfd_create), errno.ENOSYS),
        *_by_argument(known, families),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _by_argument(known: Machine, families: tuple[int, ...]) -> list[_Step]:
    modes = [step for call in known.modes for step in _of_call(call, _refused_if(_ANY_BIT, _SET_USER_ID))]
    return [
        *_of_call(known.clone, _refused_if(_ANY_BIT, _NAMESPACES)),
        *_of_call(known.ioctl, _refused_if_any(_EQUAL, _TERMINAL)),
        *_of_call(known.shmget, _at_most(_SEGMENT_BYTES, known.shmget)),
        *_of_call(known.socket, _only(families)),
        *modes,
    ]


def _of_call(call: Call, steps: list[_Step]) -> list[_Step]:
    """Steps for one call, on the lower half of its argument; what they let through is allowed."""
    steps = [_load(call.argument), *steps]
    if call.flags is not None:
        steps = [_load(call.flags), (_ANY_BIT, 1, 0, _MAKES_A_FILE), (_RETURN, 0, 0, _ALLOW), *steps]
    return [(_EQUAL, 0, len(steps) + 1, call.number), *steps, (_RETURN, 0, 0, _ALLOW)]


def _load(argument: int, *, upper: bool = False) -> _Step:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * argument + (4 if upper else 0))


def _refusal(error: int) -> _Step:
    return (_RETURN, 0, 0, _ERROR | error)


def _refused_if(kind: int, value: int, error: int = errno.EPERM) -> list[_Step]:
    return [(kind, 0, 1, value), _refusal(error)]


def _refused_if_any(kind: int, values: Iterable[int], error: int = errno.EPERM) -> list[_Step]:
    return [step for value in values for step in _refused_if(kind, value, error)]


def _only(values: tuple[int, ...]) -> list[_Step]:
    """Refuse all but these: each jumps over the others and over the refusal."""
    return [*((_EQUAL, len(values) - index, 0, value) for index, value in enumerate(values)), _refusal(errno.EPERM)]


def _at_most(value: int, call: Call) -> list[_Step]:
    return [
        *_refused_if(_AT_LEAST, value + 1),
        _load(call.argument, upper=True),
        *_refused_if(_AT_LEAST, 1),
    ]
