"""The few calls of the kernel for which Python has no words."""

import ctypes
import os
import struct
from pathlib import Path

_PDEATHSIG, _NO_NEW_PRIVS, _SECCOMP, _CAPBSET_DROP, _SUBREAPER = 1, 38, 22, 24, 36
_FILTER = 2
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITIES_V3 = 0x20080522
_STEP_BYTES = 8
_libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    """A system call by its number. Raises `OSError`."""
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    came = int(_libc.syscall(ctypes.c_long(number), *given))
    return came if came >= 0 else _failed()


def give_up_capabilities() -> None:
    """None now, and none by whatever is started. Needs SETPCAP for the second part. Raises `OSError`."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for number in range(last + 1):
        _prctl(_CAPBSET_DROP, number)


def have_no_capabilities() -> None:
    """Not even those that a program could inherit. Raises `OSError`."""
    call(_CAPSET[os.uname().machine], struct.pack("=Ii", _CAPABILITIES_V3, 0), bytes(24))


def gain_no_rights() -> None:
    """From now on, for us and all we start. Raises `OSError`."""
    _prctl(_NO_NEW_PRIVS, 1)


def end_with_parent(signal: int, parent: int) -> None:
    """Get a signal when our parent ends; ends at once if it already has. Raises `OSError`."""
    _prctl(_PDEATHSIG, signal)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of all below us whose own parent ends, as the first process is. Raises `OSError`."""
    _prctl(_SUBREAPER, 1)


def filter_calls(program: bytes) -> None:
    """Install a filter of system calls, for good. Raises `OSError`."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    steps = ctypes.create_string_buffer(program, len(program))
    given = Program(len(program) // _STEP_BYTES, ctypes.cast(steps, ctypes.c_char_p))
    if _libc.prctl(_SECCOMP, _FILTER, ctypes.byref(given)) < 0:
        _failed()


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) < 0:
        _failed()


def _failed() -> int:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
