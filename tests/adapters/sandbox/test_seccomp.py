"""The filter of system calls, run by a small interpreter of classic BPF and by the kernel."""

import struct

import pytest

from adapters.sandbox import Bubblewrap, seccomp
from domain.command import Place

_ALLOWED, _REFUSED, _NOT_IMPLEMENTED = 0x7FFF0000, 0x00050001, 0x00050026
_X86, _ARM = 0xC000003E, 0xC00000B7


def _verdict(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    data = struct.pack("=IIQQQQQ", number, architecture, 0, *(*arguments, 0, 0, 0, 0)[:4])
    steps = list(struct.iter_unpack("=HBBI", program))
    value, at = 0, 0
    while True:
        code, true, false, k = steps[at]
        at += 1
        if code == 0x06:
            return int(k)
        if code == 0x20:
            value = struct.unpack_from("=I", data, k)[0]
        else:
            at += true if {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code] else false


@pytest.mark.parametrize(
    ("machine", "audit", "harmless", "socket", "harmful"),
    [
        ("x86_64", _X86, (0, 1, 2, 39, 56, 59, 101, 257, 424, 434, 439), 41, (165, 103, 272, 321, 425, 442, 447)),
        ("aarch64", _ARM, (56, 63, 64, 172, 220, 221, 117, 424, 434, 439), 198, (40, 116, 97, 280, 425, 442, 447)),
    ],
)
def test_verdicts(machine: str, audit: int, harmless: tuple[int, ...], socket: int, harmful: tuple[int, ...]) -> None:
    """What builds need passes; what only attacks need is refused, other tables of numbers too."""
    program = seccomp.program(machine)
    assert program is not None
    assert {_verdict(program, audit, number) for number in harmless} == {_ALLOWED}
    assert {_verdict(program, audit, number) for number in (*harmful, 0x40000000, 0x40000001)} == {_REFUSED}
    assert {_verdict(program, audit, socket, family) for family in (1, 2, 10, 16)} == {_ALLOWED}
    assert {_verdict(program, audit, socket, family) for family in (0, 17, 38, 40)} == {_REFUSED}
    assert _verdict(program, 0x40000003, harmless[0]) == _REFUSED


@pytest.mark.parametrize(
    ("machine", "audit", "clone", "ioctl", "memfd", "shmget"),
    [("x86_64", _X86, 56, 16, 319, 29), ("aarch64", _ARM, 220, 29, 279, 194)],
)
def test_verdicts_on_arguments(machine: str, audit: int, clone: int, ioctl: int, memfd: int, shmget: int) -> None:
    """Threads can be made, namespaces not; terminals can be asked, not typed on; segments of memory stay small."""
    program = seccomp.program(machine)
    assert program is not None
    process, thread, user, network, mount = 0x01200011, 0x3D0F00, 0x10000011, 0x40000011, 0x00020011
    assert {_verdict(program, audit, clone, flags) for flags in (process, thread)} == {_ALLOWED}
    assert {_verdict(program, audit, clone, flags) for flags in (user, network, mount)} == {_REFUSED}
    assert {_verdict(program, audit, number) for number in (435, memfd)} == {_NOT_IMPLEMENTED}
    assert {_verdict(program, audit, shmget, 0, size) for size in (56, 65_536)} == {_ALLOWED}
    assert {_verdict(program, audit, shmget, 0, size) for size in (65_537, 1 << 32, (1 << 33) + 5)} == {_REFUSED}
    assert {_verdict(program, audit, ioctl, 0, how) for how in (0x5401, 0x5413, 0x5421)} == {_ALLOWED}
    assert {_verdict(program, audit, ioctl, 0, how) for how in (0x5412, 0x541C)} == {_REFUSED}


@pytest.mark.parametrize(
    ("machine", "audit", "fchmod", "fchmodat", "mknodat", "openat"),
    [("x86_64", _X86, 91, 268, 259, 257), ("aarch64", _ARM, 52, 53, 33, 56)],
)
def test_verdicts_on_modes(machine: str, audit: int, fchmod: int, fchmodat: int, mknodat: int, openat: int) -> None:
    """No file that runs as its owner can be made, by whatever call; a mode that means nothing is not looked at."""
    program = seccomp.program(machine)
    assert program is not None
    plain, ours, create, unnamed = 0o2755, 0o4755, 0o101, 0o20200001
    for mode, verdict in ((plain, _ALLOWED), (ours, _REFUSED)):
        assert _verdict(program, audit, fchmod, 3, mode) == verdict
        assert {_verdict(program, audit, number, 3, 0, mode) for number in (fchmodat, mknodat, 452)} == {verdict}
        assert {_verdict(program, audit, openat, 3, 0, flags, mode) for flags in (create, unnamed)} == {verdict}
    assert _verdict(program, audit, openat, 3, 0, 0, ours) == _ALLOWED
    assert _verdict(program, audit, 437) == _NOT_IMPLEMENTED


def test_unknown_machine_has_no_filter() -> None:
    """Numbers of an unknown architecture are not guessed."""
    assert seccomp.program("riscv64") is None


async def test_the_kernel_takes_it(bubblewrap: Bubblewrap, place: Place) -> None:
    """Every process inside runs under the filter."""
    told = await bubblewrap.run(place, "grep Seccomp: /proc/self/status", 20, {})
    assert told.output == "Seccomp:\t2\n"
