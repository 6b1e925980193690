"""What the sandbox costs a command, and how soon each kind of runaway is stopped."""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from figure import Figure, below

from adapters.sandbox import Bounds, Bubblewrap
from adapters.sandbox.choose import find_program
from domain.command import Place
from domain.ports import Shell

_MIB = 1024 * 1024
_COMMANDS = 100
_RUNS = 5
_SECONDS = 30.0
_COMMAND = "ls"
_PLAIN, _ONCE, _SHELL = "no sandbox", "bubblewrap, one command", "bubblewrap, persistent shell"
_GOALS_MS = {_ONCE: 50.0, _SHELL: 5.0}


@dataclass(frozen=True)
class _Runaway:
    """A command that passes a bound; `timeout_s` is only short where time itself is the bound."""

    name: str
    command: str
    goal_s: float
    timeout_s: float = _SECONDS


_BOUNDS = Bounds(memory=128 * _MIB, processes=80, output=20_000_000, disk=48 * _MIB)
_RUNAWAYS = (
    _Runaway("a program that hangs, beyond its time", "trap '' TERM; sleep 99", 1, 0.5),
    _Runaway("an endless loop of the shell itself, beyond its time", "while :; do :; done", 4, 0.5),
    _Runaway("memory, 128 MiB: from the start", "python3 -c 'x = bytearray(600 << 20); input()' < <(sleep 20)", 2),
    _Runaway("processes, 80: from the start", "for n in $(seq 120); do sleep 20 & done; sleep 20", 2),
    _Runaway("output, 20 MB: from the start", "yes", 2),
    _Runaway("disk, 48 MiB: from the start", "for n in $(seq 90); do head -c 1M /dev/zero > f$n; done; sleep 20", 3),
)


def measure() -> list[Figure]:
    """Milliseconds a command, median and p95, and seconds until a runaway is stopped and the shell answers again."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    place = Place(workspace=folder / "workspace")
    place.workspace.mkdir()
    sandbox = Bubblewrap(find_program(), _BOUNDS)
    taken = await _commands(sandbox, place)
    plain = statistics.median(taken[_PLAIN])
    figures = []
    for name, values in taken.items():
        figures += [_figure(f"`{_COMMAND}`, {name}", values), _figure(f"`{_COMMAND}`, {name}: p95", values, p95=True)]
        if name in _GOALS_MS:
            over = statistics.median(values) - plain
            figures.append(below(f"{name}: overhead a command", over, "ms", _GOALS_MS[name]))
    for runaway in _RUNAWAYS:
        stopped = [await _stopped(sandbox, place, runaway) for _ in range(_RUNS)]
        label = f"stopped, and the shell answers again: {runaway.name}"
        figures.append(below(label, statistics.median(stopped), "s", runaway.goal_s))
    return figures


async def _commands(sandbox: Bubblewrap, place: Place) -> dict[str, list[float]]:
    """Milliseconds of each command, the three ways in turn."""
    taken: dict[str, list[float]] = {_PLAIN: [], _ONCE: [], _SHELL: []}
    shell = await sandbox.shell(place)
    try:
        for _ in range(_COMMANDS):
            taken[_PLAIN].append(await _plain(place))
            taken[_ONCE].append((await sandbox.run(place, _COMMAND, _SECONDS, {})).seconds * 1000)
            taken[_SHELL].append((await shell.run(_COMMAND, _SECONDS)).seconds * 1000)
    finally:
        await shell.close()
    return taken


async def _plain(place: Place) -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *("/bin/bash", "-c", _COMMAND), cwd=place.workspace, stdout=asyncio.subprocess.PIPE
    )
    await process.communicate()
    return (time.perf_counter() - began) * 1000


async def _stopped(sandbox: Bubblewrap, place: Place, runaway: _Runaway) -> float:
    shell: Shell = await sandbox.shell(place)
    began = time.perf_counter()
    try:
        told = await shell.run(runaway.command, runaway.timeout_s)
        answer = await shell.run("rm -f f*; echo on", _SECONDS)
    finally:
        await shell.close()
    if answer.output != "on\n" or not (told.timed_out or "[killed: " in told.output):
        raise RuntimeError(f"{runaway.name} was not stopped: {told!r}")
    over = runaway.timeout_s if told.timed_out else 0.0
    return time.perf_counter() - began - over


def _figure(name: str, values: list[float], *, p95: bool = False) -> Figure:
    return Figure(name, statistics.quantiles(values, n=20)[-1] if p95 else statistics.median(values), "ms")
