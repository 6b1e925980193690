"""How long the quick commands take, beside an empty Python process in the same run, in turn."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figure import Figure, below

_PROGRAM = str(Path(sys.executable).parent / "claude-cluster")
_TEXT = "API answers 500 when the password is wrong\n\nPOST /login fails."
_EMPTY = "an empty Python process"
_COMMANDS = {
    _EMPTY: [sys.executable, "-c", "pass"],
    "claude-cluster --help": [_PROGRAM, "--help"],
    "claude-cluster status": [_PROGRAM, "status"],
    "claude-cluster agents --text": [_PROGRAM, "agents", "--text", "-"],
}
_GOALS_S = {"claude-cluster --help": 0.3, "claude-cluster status": 1.0, "claude-cluster agents --text": 1.0}


def measure(runs: int) -> list[Figure]:
    """Median seconds from start to end, and of the processor: the one suffers from neighbours, the other hardly.

    The runs take turns, so that a noisy machine hits all alike.
    """
    wall: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    processor: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "CLAUDE_CLUSTER_HOME": home}
        for _ in range(runs):
            for name, command in _COMMANDS.items():
                before = _processor_s()
                wall[name].append(_timed(command, environment))
                processor[name].append(_processor_s() - before)
    figures = []
    for name in _COMMANDS:
        for kind, taken in (("", wall), (", processor time", processor)):
            figures.append(_figure(name, kind, statistics.median(taken[name])))
    return figures


def _figure(name: str, kind: str, seconds: float) -> Figure:
    if name == _EMPTY:
        return Figure(f"{name}{kind}", seconds, "s")
    return below(f"`{name}`{kind}", seconds, "s", _GOALS_S[name])


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _timed(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, input=_TEXT, text=True, capture_output=True, check=True, env=environment)
    return time.perf_counter() - began
