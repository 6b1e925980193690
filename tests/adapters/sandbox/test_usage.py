"""What processes use, by both ways of counting."""

import subprocess
import sys

import psutil
import pytest

from adapters.sandbox import usage

_TREE = (
    "import subprocess, sys, threading, time\n"
    "threading.Thread(target=time.sleep, args=(20,), daemon=True).start()\n"
    "memory = b'x' * 50_000_000\n"
    "subprocess.Popen(['sh', '-c', 'sleep 20 & echo ready; wait'])\n"
    "time.sleep(20)"
)


@pytest.mark.parametrize("way", ["_counted", "_asked"])
def test_all_below_are_counted(way: str) -> None:
    """Threads and memory of children and grandchildren, and nothing of a process that is gone."""
    command = ["/bin/sh", "-c", f'{sys.executable} -c "$0"; true', _TREE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as root:
        assert root.stdout is not None
        root.stdout.readline()
        found = psutil.Process(root.pid)
        told = getattr(usage, way)(found)
        children = found.children(recursive=True)
        root.kill()
        for child in children:
            child.kill()
        psutil.wait_procs(children)
    assert told.processes == 4
    assert 50_000_000 < told.memory < 120_000_000
    gone = getattr(usage, way)(found)
    assert gone == usage.Usage(processes=0, memory=0)
