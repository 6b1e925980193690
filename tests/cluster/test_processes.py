"""Processes that are known by their number."""

import os
import subprocess
import sys

from cluster.processes import still_runs

_PROGRAM = (sys.executable, "-S", "-c", "input()", "a-server")


def test_a_process_runs_from_its_first_moment() -> None:
    """Also while its command line is not there yet, which a busy machine shows at one start in five."""
    seen = []
    for _ in range(200):
        with subprocess.Popen(_PROGRAM, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            seen.append(still_runs(process.pid, {"a-server"}))
            process.kill()
    assert seen == [True] * 200


def test_a_number_that_is_somebody_elses_or_nobodys() -> None:
    """Another program, a thread of the kernel, a process that has ended and is not reaped, and one that is gone."""
    assert not still_runs(os.getpid(), {"a-server"})
    assert not still_runs(2, {"a-server"})
    with subprocess.Popen(_PROGRAM, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not still_runs(process.pid, {"a-server"})
    assert not still_runs(process.pid, {"a-server"})
