"""Containers in figures: the image, its cold start, and a task's container against its process.

`PYTHONPATH=. python benchmarks/docker.py [IMAGE]` needs a Docker engine and the image (default claude-cluster).
One line a figure: what it is, the median and the range of the tries, in seconds or MB.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

_BASE = "python:3.11-slim-bookworm"
_TRIES = 5
_LOAD = ["python3", "-P", "-c", "import flows.issue_to_pr, prefect.engine"]


def main(image: str) -> None:
    """Print every figure."""
    whole, base = _size(image), _size(_BASE)
    _say("image, MB", [whole])
    _say("of it the base, MB", [base])
    for name, size in _layers(image)[:4]:
        _say(f"of it {name}, MB", [size])
    _say("a container that does nothing, s", _tries(lambda: _run(image, "true")))
    _say("a container with the sandbox's helper, s", _tries(lambda: _run(image, "true", "--user", "root")))
    _say("a container that answers --help, s", _tries(lambda: _run(image, ["claude-cluster", "--help"])))
    _say("a task's container until the flow is loaded, s", _tries(lambda: _run(image, _LOAD, "--user", "root")))
    _say("a process beside it until the flow is loaded, s", _within(image))


def _size(image: str) -> float:
    return int(_docker("image", "inspect", image, "--format", "{{.Size}}")) / 1e6


def _layers(image: str) -> list[tuple[str, float]]:
    """The largest steps of the Dockerfile after the base, by their first words."""
    lines = _docker("history", "--no-trunc", "--human=false", "--format", "{{json .}}", image).splitlines()
    steps = [json.loads(line) for line in lines]
    named = [(" ".join(one["CreatedBy"].split())[-60:], int(one["Size"]) / 1e6) for one in steps]
    return sorted(named, key=lambda one: -one[1])


def _run(image: str, command: str | list[str], *options: str) -> None:
    words = command if isinstance(command, list) else command.split()
    _docker("run", "--rm", *options, image, *words)


def _within(image: str) -> list[float]:
    """The same in one container, without what a container costs."""
    script = (
        f"import subprocess, time\nfor _ in range({_TRIES}):\n began = time.monotonic()\n"
        f" subprocess.run({_LOAD!r}, check=True)\n print(time.monotonic() - began)"
    )
    return [float(word) for word in _docker("run", "--rm", image, "python3", "-P", "-c", script).split()]


def _tries(act: Callable[[], None]) -> list[float]:
    took = []
    for _ in range(_TRIES):
        began = time.monotonic()
        act()
        took.append(time.monotonic() - began)
    return took


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def _say(what: str, values: list[float]) -> None:
    sys.stdout.write(f"{what:70} {median(values):8.2f}   {min(values):.2f} to {max(values):.2f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "claude-cluster")
