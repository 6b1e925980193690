"""`docker-compose -f infra/docker/compose.yaml up`: the first users' guide, section C, with the token."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.infra.docker.conftest import KEYS, Composed, docker

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(2_400)]
_SERVICES = ("coordinator", "agent-backend", "agent-frontend", "agent-testing", "agent-devops")
_SUBMIT = (
    *("-X", "POST", "http://localhost:PORT/api/tasks", "-H", "Content-Type: application/json"),
    *("-d", '{"task_id": "api-task-001", "priority": "high", "requirements": ["backend"]}'),
)
_LATER = "http://localhost:PORT/api/tasks/api-task-001"
_UP_S = 600
_PROCESSES = """
import json, pathlib
told = []
for place in pathlib.Path("/proc").glob("[0-9]*"):
    lines = (line.split(":\\t", 1) for line in (place / "status").read_text().splitlines() if ":\\t" in line)
    told.append({**dict(lines), "argv": (place / "cmdline").read_text().split("\\0")})
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def up(composing: Callable[..., Composed]) -> Iterator[Composed]:
    """The cluster with keys that nobody has: nothing here asks GitHub or Claude for anything."""
    made = composing(env=KEYS)
    made.run("up", "-d")
    return made


def test_the_files_are_valid(composing: Callable[..., Composed]) -> None:
    """With every profile, and with the files that stand beside it."""
    for files in (("compose.yaml",), ("compose.yaml", "secrets.yaml"), ("compose.yaml", "pools.yaml")):
        one = composing(files=files, profiles=("rehearsal", "postgres"))
        told = yaml.safe_load(one.run("config").stdout)["services"]
        assert set(_SERVICES) <= set(told)


def test_without_keys(composing: Callable[..., Composed]) -> None:
    """`up` itself says what must be set, the log of `prepare` which of them is missing, and nothing is started."""
    one = composing(env={"GITHUB_TOKEN": "x"})
    done = one.run("up", check=False)
    assert done.returncode != 0
    assert "GITHUB_TOKEN and ANTHROPIC_API_KEY must be set: export them, or name their file" in done.stderr
    assert "Error: ANTHROPIC_API_KEY not set - export it, or give a file that has it" in one.logs()
    assert [service for service in _SERVICES if any(one["State"]["Running"] for one in one.containers(service))] == []


def test_all_are_well(up: Composed, until: Callable[..., None]) -> None:
    """Every service of the guide, at the guide's doors; `sandbox` says what confines the work."""
    until(lambda: {word for name in _SERVICES for word in up.health(name)} == {"healthy"}, _UP_S, up.logs)
    assert up.curl("http://localhost:PORT/health", token=False)["status"] == "ok"
    for name in ("BACKEND", "FRONTEND", "TESTING", "DEVOPS"):
        told = up.curl("http://localhost:PORT/health", port=name, token=False)
        assert (told["status"], told["sandbox"]) == ("ok", "container")
    hooks = up.curl("http://localhost:PORT/health", port="WEBHOOK", token=False)
    assert hooks["webhooks"] == "disabled"
    until(lambda: len(up.ask("/api/cluster/status")["nodes"]) == 4, 60)


def test_the_work_is_done_by_a_user_without_rights(up: Composed) -> None:
    """The worker below the sandbox's helper is user 10001 and can gain nothing."""
    told = json.loads(up.run("exec", "-T", "agent-backend", "python3", "-c", _PROCESSES).stdout)
    (worker,) = [one for one in told if "start-node" in one["argv"] and "--" not in one["argv"]]
    assert worker["Uid"].split() == ["10001"] * 4
    assert (int(worker["CapBnd"], 16), int(worker["CapEff"], 16), worker["NoNewPrivs"]) == (0, 0, "1")
    (helper,) = [one for one in told if "start-node" in one["argv"] and "--" in one["argv"]]
    assert int(helper["CapBnd"], 16).bit_count() == 7


def test_the_guides_task(up: Composed, until: Callable[..., None]) -> None:
    """C-2: the three curl commands; the task ends completed on the node of its specialty."""
    assert len(up.curl("http://localhost:PORT/api/cluster/status")["nodes"]) == 4
    answer = up.curl(*_SUBMIT)
    assert answer.get("task_id") == "api-task-001", answer
    until(lambda: up.curl(_LATER)["status"] not in {"queued", "running"}, 300, lambda: up.curl(_LATER))
    assert up.curl(_LATER)["status"] == "completed"


def test_nobody_comes_in_without_the_token(up: Composed) -> None:
    """The ports are on loopback, and ask nevertheless."""
    assert "token" in up.curl("http://localhost:PORT/api/tasks", token=False)["detail"]
    told = docker("inspect", up.containers("coordinator")[0]["Id"]).stdout
    assert up.token not in told


def test_what_the_containers_say_is_bounded(up: Composed) -> None:
    """Ten megabytes three times each."""
    for name in _SERVICES:
        log = up.containers(name)[0]["HostConfig"]["LogConfig"]
        assert (log["Type"], log["Config"]) == ("json-file", {"max-size": "10m", "max-file": "3"})


def test_three_of_one_kind(up: Composed, until: Callable[..., None]) -> None:
    """`--scale agent-backend=3`: three nodes with names of their own, behind one door."""
    up.run("up", "-d", "--scale", "agent-backend=3")
    until(lambda: up.health("agent-backend") == ["healthy"] * 3, 300, up.logs)
    until(lambda: len(up.ask("/api/cluster/status")["nodes"]) == 6, 60)
    serving = {one["name"]: one["nodes"] for one in up.ask("/api/cluster/status")["pools"]}["backend"]
    assert len(set(serving)) == 3
    seen = set()
    deadline = time.monotonic() + 60
    while seen != set(serving) and time.monotonic() < deadline:
        seen.add(up.curl("http://localhost:PORT/health", port="BACKEND", token=False)["node_id"])
    assert seen == set(serving)
    up.run("up", "-d", "--scale", "agent-backend=1")


def test_down_and_up_again(up: Composed, until: Callable[..., None]) -> None:
    """The tasks and the token are those of before."""
    token, before = up.token, up.curl(_LATER)
    up.run("down")
    assert up.containers("coordinator") == []
    up.run("up", "-d")
    until(lambda: {word for name in _SERVICES for word in up.health(name)} == {"healthy"}, _UP_S, up.logs)
    del up.__dict__["token"]
    assert up.token == token
    after = up.curl(_LATER)
    assert (after["status"], after["created"]) == ("completed", before["created"])


def test_a_port_in_use(composing: Callable[..., Composed]) -> None:
    """Compose names the port; COORDINATOR_PORT and its like choose another."""
    one = composing(env=KEYS)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", one.ports["COORDINATOR"]))
        taken.listen()
        done = one.run("up", "-d", "coordinator", check=False)
    assert done.returncode != 0
    assert f"127.0.0.1:{one.ports['COORDINATOR']}" in done.stderr
    assert "in use" in done.stderr


@pytest.mark.faults
def test_keys_from_files(composing: Callable[..., Composed], until: Callable[..., None], tmp_path: Any) -> None:
    """Docker secrets: the coordinator is well, and no variable that the engine shows has a key."""
    for name, value in (("github_token", KEYS["GITHUB_TOKEN"]), ("anthropic_api_key", KEYS["ANTHROPIC_API_KEY"])):
        (tmp_path / name).write_text(f"{value}\n")
        (tmp_path / name).chmod(0o644)
    for folder in (tmp_path, *tmp_path.parents):
        if folder != folder.parent and str(folder) != "/tmp":
            folder.chmod(folder.stat().st_mode | 0o011)
    paths = {
        "GITHUB_TOKEN_PATH": str(tmp_path / "github_token"),
        "ANTHROPIC_API_KEY_PATH": str(tmp_path / "anthropic_api_key"),
    }
    one = composing(files=("compose.yaml", "secrets.yaml"), env=paths)
    one.run("up", "-d", "coordinator")
    until(lambda: one.health("coordinator") == ["healthy"], _UP_S, one.logs)
    told = docker("inspect", one.containers("coordinator")[0]["Id"]).stdout
    assert [value for value in KEYS.values() if value in told] == []
