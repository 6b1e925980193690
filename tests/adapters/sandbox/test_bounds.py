"""Caps on memory, processes, files and output."""

from collections.abc import Callable

import pytest

from adapters.sandbox import Bounds, Bubblewrap, Unconfined
from adapters.sandbox.choose import find_program
from domain.command import CommandResult, Place

_MIB = 1024 * 1024


@pytest.fixture(params=["bubblewrap", "none"])
def bounded(request: pytest.FixtureRequest) -> Callable[[Bounds], Bubblewrap | Unconfined]:
    """Makes a sandbox of each kind with the given caps."""
    if request.param == "none":
        return Unconfined
    request.getfixturevalue("bubblewrap")
    return lambda bounds: Bubblewrap(find_program(), bounds)


Bounded = Callable[[Bounds], Bubblewrap | Unconfined]


async def test_memory(bounded: Bounded, place: Place) -> None:
    """A program that takes too much memory is killed; the shell goes on and says why."""
    shell = await bounded(Bounds(memory=200 * _MIB)).shell(place)
    await shell.run("A=1", 5)
    told = await shell.run("python3 -c 'import time; x = b\"1\" * 400_000_000; time.sleep(30)'", 20)
    after = await shell.run("echo $A", 5)
    await shell.close()
    assert told.exit_code == 137
    assert told.output.endswith("[killed: all processes together used more than 0.2 GiB of memory; do less at once]\n")
    assert told.seconds < 10
    assert (told.restarted, after.output) == (False, "1\n")


async def test_processes(bubblewrap: Bubblewrap, place: Place) -> None:
    """A fork bomb ends the whole sandbox at once."""
    shell = await Bubblewrap(find_program(), Bounds(processes=60)).shell(place)
    told = await shell.run("for n in $(seq 90); do sleep 30 & done; sleep 30", 20)
    after = await shell.run("echo on", 5)
    await shell.close()
    assert (told.exit_code, told.timed_out, told.restarted) == (137, False, True)
    assert told.output.endswith("[killed: more than 60 processes and threads at once; start fewer]\n")
    assert after.output == "on\n"


async def test_output_of_one_command(bounded: Bounded, place: Place) -> None:
    """A flood from bash itself ends bash."""
    told = await bounded(Bounds(output=100_000)).run(place, "while :; do echo aaaaaaaa; done", 20, {})
    assert (told.exit_code, told.timed_out) == (137, False)
    assert told.output.endswith("[killed: more than 0.1 MB of output; write to a file, print parts of it]\n")


async def test_file_size_and_scratch(bubblewrap: Bubblewrap, place: Place) -> None:
    """Files in the workspace have a largest size, folders in memory a total."""
    sandbox = Bubblewrap(find_program(), Bounds(file=2 * _MIB, tmp=_MIB))
    told = await sandbox.run(
        place, "head -c 3M /dev/zero > big; echo $?; head -c 1500K /dev/zero > /tmp/big || echo full", 20, {}
    )
    assert told.output.splitlines()[-3:][0].split()[0] in {"153", "bash:"}
    assert told.output.endswith("full\n")
    assert (place.workspace / "big").stat().st_size == 2 * _MIB


async def test_defaults() -> None:
    """Caps are 4 GiB of memory and 50 MB of output unless set."""
    assert (Bounds().memory, Bounds().output) == (4 * 1024 * _MIB, 50_000_000)
    assert CommandResult(exit_code=0, output="", seconds=0).timed_out is False


async def test_processes_are_counted_by_the_kernel_too(bounded: Bounded, place: Place) -> None:
    """In a user namespace of its own a user without privileges can't pass the cap; elsewhere all of it would count."""
    sandbox = bounded(Bounds(processes=120))
    told = await sandbox.run(place, "ulimit -u", 20, {})
    assert (told.output == "158\n") is isinstance(sandbox, Bubblewrap)
