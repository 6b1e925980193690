"""How long the quick commands take, as multiples of an empty Python process in the same run.

`python benchmarks/startup.py [--json FILE]`. Runs alternate, so that a noisy machine hits all alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_RUNS = 7
_BIN = Path(sys.executable).parent / "claude-cluster"
_TEXT = "API answers 500 when the password is wrong\n\nPOST /login fails."
_COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "claude-cluster --help": [str(_BIN), "--help"],
    "claude-cluster status": [str(_BIN), "status"],
    "claude-cluster agents --text -": [str(_BIN), "agents", "--text", "-"],
}


def main() -> None:
    """Measure, print a table, write the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "CLAUDE_CLUSTER_HOME": home}
        for _ in range(_RUNS):
            for name, command in _COMMANDS.items():
                seconds[name].append(_timed(command, environment))
    floor = statistics.median(seconds["python -c pass"])
    rows = {
        name: {
            "median_s": round(statistics.median(taken), 3),
            "times_python": round(statistics.median(taken) / floor, 1),
        }
        for name, taken in seconds.items()
    }
    for name, row in rows.items():
        sys.stdout.write(f"{name:34} {row['median_s']:7.3f} s  {row['times_python']:6.1f} x\n")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")


def _timed(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, input=_TEXT, text=True, capture_output=True, check=True, env=environment)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
