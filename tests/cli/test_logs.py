"""`logs`: the lines of a task, its traces, new lines as they come."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

_ONE = "2026-11-22 10:00:00,123 level=INFO task=task-20261122-001 logger=a step=verify\n"
_TRACE = "2026-11-22 10:00:01,000 level=ERROR task=task-20261122-001 logger=a failed\nTraceback (most recent\n  boom\n"
_OTHER = "2026-11-22 10:00:02,000 level=INFO task=task-20261122-0011 logger=a step=verify\nTraceback of another\n"


@pytest.fixture
def log() -> Path:
    """The log file of the isolated home, with lines of two tasks."""
    path = Path(os.environ["CLAUDE_CLUSTER_HOME"]) / "logs" / "claude-cluster.log"
    path.parent.mkdir(parents=True)
    path.write_text(_ONE + _OTHER + _TRACE)
    return path


def test_all(run: Callable[..., Any], log: Path) -> None:
    """The file as it is."""
    assert run("logs") == (0, _ONE + _OTHER + _TRACE, "")


def test_one_task(run: Callable[..., Any], log: Path) -> None:
    """Its lines with their traces, and none of a task whose id begins alike."""
    assert run("logs", "--task-id", "task-20261122-001") == (0, _ONE + _TRACE, "")
    assert run("logs", "--task-id", "task-20261122-0011") == (0, _OTHER, "")


def test_one_task_of_a_file_of_objects(run: Callable[..., Any], log: Path) -> None:
    """As JSON each line stands for itself, its trace included."""
    ours = '{"time": "2026-11-22T10:00:03.000+00:00", "task": "task-20261122-001", "message": "m", "trace": "T\\nb"}\n'
    log.write_text(_OTHER + ours + ours.replace("-001", "-002"))
    assert run("logs", "--task-id", "task-20261122-001") == (0, ours, "")


def test_what_was_turned_over_comes_first(run: Callable[..., Any], log: Path) -> None:
    """The oldest file first."""
    for number, text in ((1, _ONE), (2, _TRACE)):
        log.with_name(f"{log.name}.{number}").write_text(text)
    log.write_text(_OTHER)
    assert run("logs") == (0, _TRACE + _ONE + _OTHER, "")


def test_a_task_that_is_not_in_it(run: Callable[..., Any], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said on stderr; without a coordinator that is all that is known."""
    monkeypatch.setenv("COORDINATOR_PORT", "9")
    said = run("logs", "--task-id", "task-20261122-777")
    assert (said.code, said.stdout) == (0, "")
    assert said.stderr.startswith("no line of task-20261122-777 in ")


class _Coordinator(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert self.path == "/api/tasks/task-20261122-777"
        body = json.dumps({"status": "running", "node": "node-b", "flow_run_id": "a-run"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


def test_a_task_of_another_machine(run: Callable[..., Any], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The coordinator knows the node and the run: the way to both is said."""
    with HTTPServer(("127.0.0.1", 0), _Coordinator) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setenv("COORDINATOR_HOST", "127.0.0.1")
        monkeypatch.setenv("COORDINATOR_PORT", str(server.server_port))
        said = run("logs", "--task-id", "task-20261122-777")
    told = "run `claude-cluster logs --task-id task-20261122-777` on node-b; its run in the Prefect UI: a-run"
    assert (said.code, said.stdout) == (0, "")
    assert said.stderr == f"no line of task-20261122-777 on this machine (running): {told}\n"


def test_none_yet(run: Callable[..., Any]) -> None:
    """No log is no error."""
    said = run("logs")
    assert (said.code, said.stdout) == (0, "")
    assert said.stderr.startswith("no log yet at ")


def test_no_task_id(run: Callable[..., Any]) -> None:
    """Exit code 2, and the line shows how one looks."""
    said = run("logs", "--task-id", "17")
    assert (said.code, said.stderr) == (2, "Error: '17' is not a task id - they look like task-20261122-001\n")


def test_following(log: Path) -> None:
    """`-f` shows what is added, also after the file was rotated, until it is stopped."""
    command = [Path(sys.executable).parent / "claude-cluster", "logs", "-f", "--task-id", "task-20261122-001"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        assert [follower.stdout.readline() for _ in range(4)] == (_ONE + _TRACE).splitlines(keepends=True)
        with log.open("a") as file:
            file.write(_OTHER + _ONE)
        assert follower.stdout.readline() == _ONE
        time.sleep(0.5)
        log.write_text(_TRACE)
        assert follower.stdout.readline() == _TRACE.splitlines(keepends=True)[0]
        follower.terminate()
    assert follower.returncode in {130, -15}
