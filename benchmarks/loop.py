"""What our loop costs beside the model's own time, against mini-swe-agent, process by process in turn."""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from figure import Figure
from model_server import serving

_HERE = Path(__file__).parent
_CALLS = 12
_DELAYS_MS = (0, 200)
_OWN, _BOXED, _PEER = "own loop, no sandbox", "own loop, bubblewrap", "mini-swe-agent"


@dataclass(frozen=True)
class _Taken:
    """One process: milliseconds of overhead a call, first and later run; its peak in MB; its whole time."""

    first: float
    later: float
    peak: float
    whole: float


def measure(peer: Path, rounds: int) -> list[Figure]:
    """Overhead a call at both delays and memory, with the ratios to the peer. `peer` is its Python."""
    own = [sys.executable, str(_HERE / "loop_own.py")]
    figures: list[Figure] = []
    with serving() as address:
        for delay in _DELAYS_MS:
            end = [f"{address}/{delay}", str(_CALLS)]
            commands = {
                _PEER: [str(peer), str(_HERE / "loop_peer.py"), *end],
                _OWN: [*own, *end, "none"],
                _BOXED: [*own, *end, "bubblewrap"],
            }
            taken: dict[str, list[_Taken]] = {name: [] for name in commands}
            for _ in range(rounds):
                for name, command in commands.items():
                    taken[name].append(_run(command, delay))
            figures += _compared(taken, delay)
    return figures


def _run(command: list[str], delay_ms: int) -> _Taken:
    root = str(_HERE.parent)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root})
    whole = time.perf_counter() - began
    said = json.loads(done.stdout.splitlines()[-1])
    first, later = (said[name] / _CALLS * 1000 - delay_ms for name in ("first_s", "later_s"))
    return _Taken(first, later, said["peak_mb"], whole - 2 * _CALLS * delay_ms / 1000)


def _compared(taken: dict[str, list[_Taken]], delay: int) -> list[Figure]:
    found = []
    limits = {_PEER: None, _OWN: 0.5, _BOXED: 1.0}
    for field, words in (("first", "a process's first run"), ("later", "its second run")):
        base = _median(taken[_PEER], field)
        for name, limit in limits.items():
            value = _median(taken[name], field)
            label = f"{name}, {delay} ms model, {words}: overhead a call"
            found.append(_against(label, value, "ms", base, limit))
    if delay == max(_DELAYS_MS):
        base = _median(taken[_PEER], "peak")
        for name, limit in {_PEER: None, _OWN: 0.5, _BOXED: 0.5}.items():
            found.append(_against(f"{name}: peak memory", _median(taken[name], "peak"), "MB", base, limit))
        for name in limits:
            label = f"{name}: start, imports and two runs, less the model's time"
            found.append(Figure(label, _median(taken[name], "whole"), "s"))
    return found


def _against(label: str, value: float, unit: str, base: float, limit: float | None) -> Figure:
    if limit is None:
        return Figure(label, value, unit)
    ratio = value / base
    return Figure(label, value, unit, f"at most {limit:g} x mini-swe-agent; is {ratio:.2f} x", ratio <= limit)


def _median(taken: list[_Taken], field: str) -> float:
    return statistics.median(getattr(one, field) for one in taken)
