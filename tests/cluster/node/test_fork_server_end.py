"""The fork server of a node that is killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

_NODE = """
import sys, time
from cluster.node.starts import Starts
with Starts(["slow_to_load"]) as starts:
    print(starts.server, flush=True)
    time.sleep(120)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there are fork servers on Linux only")
def test_it_ends_with_its_node_even_while_it_loads(tmp_path: Path) -> None:
    """Loading takes long on a busy machine, and nobody looks at the pipe meanwhile: it is gone all the same."""
    (tmp_path / "slow_to_load.py").write_text("import time\ntime.sleep(120)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-P", "-c", _NODE], stdout=subprocess.PIPE, text=True, env=environment
    ) as node:
        assert node.stdout
        server = psutil.Process(int(node.stdout.readline()))
        assert server.is_running()
        node.kill()
    deadline = time.monotonic() + 10
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the fork server lives on"
        time.sleep(0.05)
