"""The filter of system calls, run by a small interpreter of classic BPF and by the kernel."""

import struct

import pytest

from adapters.sandbox import Bubblewrap, seccomp
from domain.command import Place

_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050001
_X86, _ARM = 0xC000003E, 0xC00000B7


def _verdict(program: bytes, architecture: int, number: int, argument: int = 0) -> int:
    data = struct.pack("=IIQQ", number, architecture, 0, argument)
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
            at += true if (value == k if code == 0x15 else value >= k) else false


@pytest.mark.parametrize(
    ("machine", "audit", "harmless", "socket", "harmful"),
    [
        ("x86_64", _X86, (0, 1, 2, 39, 56, 59, 101, 257, 424, 434, 435, 439), 41, (165, 103, 272, 321, 425, 442)),
        ("aarch64", _ARM, (56, 63, 64, 172, 220, 221, 117, 424, 434, 435, 439), 198, (40, 116, 97, 280, 425, 442)),
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


def test_unknown_machine_has_no_filter() -> None:
    """Numbers of an unknown architecture are not guessed."""
    assert seccomp.program("riscv64") is None


async def test_the_kernel_takes_it(bubblewrap: Bubblewrap, place: Place) -> None:
    """Every process inside runs under the filter."""
    told = await bubblewrap.run(place, "grep Seccomp: /proc/self/status", 20, {})
    assert told.output == "Seccomp:\t2\n"
