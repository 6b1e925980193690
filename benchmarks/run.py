"""All benchmarks: `python benchmarks/run.py --peer PYTHON`, where PYTHON has the extra `bench` (see `make bench`).

Writes docs/benchmarks.md and benchmarks/figures.json, and shows each table when it is done. `--only` measures
one part again and leaves the others as they were.
"""

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fifty
import first_step
import gateway
import issue
import loop
import node
import psutil
import queue_of
import sandbox
import startup
import verification
import webhooks
import workspace
from figure import Figure

_ROOT = Path(__file__).parents[1]
_FIGURES = _ROOT / "benchmarks" / "figures.json"
_TITLES = {
    "startup": "Startup",
    "workspace": "Workspace",
    "sandbox": "The sandbox",
    "gateway": "Hosts that tests may reach, through the gateway",
    "verification": "Verification: 300 tests in one file, a fix with its test",
    "loop": "The loop: 12 calls, each with one `echo` command",
    "issue": "A whole issue of the rehearsal, warm server",
    "node": "A run on a node, with PostgreSQL",
    "webhooks": "Webhooks: 1,000 deliveries in 10 s, a third of them duplicates",
    "first_step": "From an API call or a webhook to the first step, on a cluster of one machine with PostgreSQL",
    "queue_of": "Ten thousand queued tasks, PostgreSQL",
    "fifty": "Fifty issues at once on one machine: eight slots, 20 s of model time each, PostgreSQL",
}
_INTRODUCTION = """# Benchmarks

Made by `make bench`, which writes this page and `benchmarks/figures.json`. To do it by hand:

```console
PYTHONPATH=. python benchmarks/run.py --peer .venv-bench/bin/python
```

`.venv-bench` holds the extra `bench` (mini-swe-agent, the peer), so that the program's own environment stays
clean. All values are medians; what is compared runs in turn within one run, and the ratios are what counts.
"""


def main() -> None:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=Path, required=True, help="a Python that has mini-swe-agent")
    parser.add_argument("--rounds", type=int, default=5, help="how often each process is run (default 5)")
    parser.add_argument("--only", choices=list(_TITLES), help="measure one part; the others stay as they were")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended then, too
    measures: dict[str, Callable[[], list[Figure]]] = {
        "startup": lambda: startup.measure(given.rounds),
        "workspace": workspace.measure,
        "sandbox": sandbox.measure,
        "gateway": gateway.measure,
        "verification": verification.measure,
        "loop": lambda: loop.measure(given.peer.absolute(), given.rounds),
        "issue": lambda: issue.measure(min(given.rounds, 3)),
        "node": lambda: node.measure(given.rounds),
        "webhooks": webhooks.measure,
        "first_step": first_step.measure,
        "queue_of": queue_of.measure,
        "fifty": fifty.measure,
    }
    for name in [given.only] if given.only else _TITLES:
        made = _made()
        figures = [asdict(one) for one in measures[name]()]
        parts = json.loads(_FIGURES.read_text("utf-8")) if _FIGURES.exists() else {}
        parts[name] = {"made": made, "figures": figures}
        sys.stdout.write(_table(name, parts[name]))
        sys.stdout.flush()
        _write(parts)


def _made() -> str:
    """When, and on what kind of machine; the load is that of the minute before."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} virtual cores, "
        f"{round(psutil.virtual_memory().total / 1024**3)} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, load average before it {os.getloadavg()[0]:.1f}"
    )


def _table(name: str, part: dict[str, Any]) -> str:
    lines = [f"\n## {_TITLES[name]}\n", f"{part['made']}.\n", "| What | Median | Goal | Met |", "|---|---:|---|---|"]
    for one in (Figure(**fields) for fields in part["figures"]):
        met = {None: "", True: "yes", False: "**no**"}[one.met]
        lines.append(f"| {one.name} | {one.value:.3g} {one.unit} | {one.goal} | {met} |")
    return "\n".join(lines) + "\n"


def _write(parts: dict[str, dict[str, Any]]) -> None:
    page = _INTRODUCTION + "".join(_table(name, parts[name]) for name in _TITLES if name in parts)
    (_ROOT / "docs" / "benchmarks.md").write_text(page + _notes(), "utf-8")
    _FIGURES.write_text(json.dumps(parts, indent=2) + "\n", "utf-8")


def _notes() -> str:
    """What the figures mean, written by hand."""
    return "\n" + (Path(__file__).parent / "notes.md").read_text("utf-8")


if __name__ == "__main__":
    main()
