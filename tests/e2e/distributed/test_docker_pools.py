"""A cluster of type docker: coordinator and node on this machine, each task in a fresh container of the engine."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.docker.conftest import IMAGE, docker, engine, image

__all__ = ["engine", "image"]  # fixtures
pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.timeout(1_800)]
SHOP = "rehearsal/shop"
_TASKS = "io.prefect.flow-run-id"


def _running() -> dict[str, dict[str, Any]]:
    """The containers of runs, by the ids of their runs."""
    ids = docker("ps", "-q", "--filter", f"ancestor={IMAGE}").stdout.split()
    found = json.loads(docker("inspect", *ids).stdout) if ids else []
    return {run: one for one in found if (run := one["Config"]["Labels"].get(_TASKS))}


@pytest.fixture(scope="module")
def cluster(image: str, standing: Callable[..., Any]) -> Iterator[Any]:
    """Containers use this machine's network, for the forge and the model are on its loopback."""
    made = standing(extra={"CLAUDE_CLUSTER_TASK_IMAGE": image, "CLAUDE_CLUSTER_TASK_MEMORY": "2g"})
    made.start("--type", "docker")
    node = made.join("node-a", "backend,docs", "--max-tasks", 2)
    assert "serves backend-docker, docs-docker" in node.stderr.read_text()
    yield made
    for one in _running().values():
        docker("rm", "-f", one["Id"], check=False)


def test_an_issue_becomes_a_pull_request_in_a_container(cluster: Any, until: Callable[..., None]) -> None:
    """A fresh one, with the pool's limits and no more rights than the sandbox needs; it is removed at the end."""
    task = cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": 1}).json()
    until(lambda: task["flow_run_id"] in _running(), 120)
    box = _running()[task["flow_run_id"]]
    host = box["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["AutoRemove"]) == (2 * 2**30, 2 * 10**9, True)
    assert (host["CapDrop"], host["Privileged"], host["SecurityOpt"]) == (["ALL"], False, ["no-new-privileges"])
    done = cluster.until(task["task_id"], "completed", "failed", "stuck", "refused", seconds=600)
    assert (done["outcome"], done["node"], done["receipt"]["broken"]) == ("opened", "node-a", [])
    assert done["receipt"]["fixed"]
    until(lambda: docker("inspect", box["Id"], check=False).returncode != 0, 60)
    assert cluster.prefect(f"/flow_runs/{task['flow_run_id']}")["state"]["name"] == "opened"


def test_the_pools_are_of_that_type(cluster: Any) -> None:
    """With prefect-docker's template, whose defaults are the settings of the coordinator's first start."""
    pool = cluster.prefect("/work_pools/backend-docker")
    assert pool["type"] == "docker"
    properties = pool["base_job_template"]["variables"]["properties"]
    assert (properties["image"]["default"], properties["mem_limit"]["default"]) == (IMAGE, "2g")


def test_a_self_check_says_what_confines_there(cluster: Any) -> None:
    """The sandbox of the container, not this machine's."""
    nodes = {
        one["node_id"]: one for one in json.loads(cluster.cli("status", "--show-cluster", "--json").stdout)["nodes"]
    }
    assert nodes["node-a"]["sandbox"] == "container"
    cluster.api("POST", "/api/tasks", {"task_id": "in-a-container", "requirements": ["docs"]})
    assert cluster.until("in-a-container", "completed", "failed", seconds=240)["status"] == "completed"


def _working(cluster: Any, titles: list[str]) -> list[str]:
    """Issues under way, each with a model that takes its time."""
    made = []
    for title in titles:
        cluster.stage.writes(title, f"{title.split()[-1]}.md")
        made.append(cluster.stage.issue(title, "Write it."))
    return [
        cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": one, "requirements": ["docs"]}).json() for one in made
    ]


@pytest.mark.faults
def test_never_more_containers_than_tasks_at_once(cluster: Any) -> None:
    """Three issues, --max-tasks 2: two containers at a time, and all three end."""
    tasks = _working(cluster, ["Write page ONE", "Write page TWO", "Write page THREE"])
    most, deadline = 0, time.monotonic() + 600
    while any(cluster.task(one["task_id"])["status"] in {"queued", "running"} for one in tasks):
        assert time.monotonic() < deadline
        most = max(most, len(_running()))
        time.sleep(0.3)
    assert most == 2
    assert {cluster.task(one["task_id"])["outcome"] for one in tasks} == {"opened"}


def test_a_container_that_is_killed(cluster: Any, until: Callable[..., None]) -> None:
    """`docker kill` in the middle: another container goes on with it, and there is one pull request."""
    (task,) = _working(cluster, ["Write page KILLED"])
    until(lambda: cluster.task(task["task_id"])["step"] in {"baseline", "generate", "verify"}, 240)
    before = len(cluster.stage.traces().pulls)
    docker("kill", _running()[cluster.task(task["task_id"])["flow_run_id"]]["Id"])
    done = cluster.until(task["task_id"], "completed", "failed", "stuck", seconds=600)
    assert done["outcome"] == "opened"
    assert len(cluster.stage.traces().pulls) == before + 1


@pytest.mark.faults
def test_a_task_that_is_cancelled(cluster: Any, until: Callable[..., None]) -> None:
    """Its container is gone soon."""
    (task,) = _working(cluster, ["Write page CANCELLED"])
    until(lambda: cluster.task(task["task_id"])["step"] in {"baseline", "generate", "verify"}, 240)
    assert cluster.api("DELETE", f"/api/tasks/{task['task_id']}").json()["status"] == "cancelled"
    until(lambda: not _running(), 60)


@pytest.mark.faults
def test_a_node_that_stops_leaves_no_container(cluster: Any, until: Callable[..., None]) -> None:
    """It drains, ends the rest, and hands it back; another node goes on."""
    (task,) = _working(cluster, ["Write page HANDED"])
    until(lambda: cluster.task(task["task_id"])["step"] in {"baseline", "generate", "verify"}, 240)
    node = cluster.nodes["node-a"]
    node.process.terminate()
    node.process.terminate()
    node.wait(90)
    until(lambda: not _running(), 30)
    cluster.join("node-b", "docs")
    assert cluster.until(task["task_id"], "completed", "failed", "stuck", seconds=600)["outcome"] == "opened"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"DOCKER_HOST": "unix:///nowhere/docker.sock"}, "no Docker engine answers here"),
        ({}, "the image claude-cluster-of-nobody is not on this machine"),
    ],
)
def test_a_node_without_what_it_needs_is_told(
    cluster: Any, variables: dict[str, str], words: str, tmp_path: Path
) -> None:
    """One line: what is missing and what to do. Nothing of the work is taken."""
    url = f"/work_pools/{'backend' if variables else 'testing'}-docker"
    if not variables:
        _change_image(cluster, url, "claude-cluster-of-nobody")
    cluster.extra = {**cluster.extra, **variables}
    try:
        node = cluster.join(f"node-{len(words)}", "backend" if variables else "testing", ready=False)
        done = node.wait(180)
    finally:
        cluster.extra = {name: value for name, value in cluster.extra.items() if name not in variables}
    assert done.code == 2
    assert "Error: Node registration failed: " in done.error
    assert words in done.error


def _change_image(cluster: Any, path: str, image: str) -> None:
    template = cluster.prefect(path)["base_job_template"]
    template["variables"]["properties"]["image"]["default"] = image
    url = f"http://127.0.0.1:{cluster.ports['prefect']}/api{path}"
    body = json.dumps({"base_job_template": template})
    typed = ["curl", "-sSf", "-X", "PATCH", url, "-H", "content-type: application/json", "-d", body]
    subprocess.run(typed, check=True, timeout=60)
