"""A run in a container of a real engine: noted while it lives, ended when asked, told of when it is gone."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings

from cluster.node.docker_worker import DockerJob, DockerNodeWorker
from cluster.node.room import Room
from cluster.node.starts import Starts
from cluster.node.taking import Shared
from deployments.containers import RIGHTS
from tests.infra.docker.conftest import BASE, docker, engine

__all__ = ["engine"]  # a fixture
pytestmark = [pytest.mark.engine]


class Node:
    """One worker of a node, and what its hook was told."""

    def __init__(self, home: Path) -> None:
        self.gone: list[str] = []
        self.shared = Shared(Room(1), Starts(()), home, self._told)
        self.worker = DockerNodeWorker("docs-docker", "node", self.shared)
        self.run = FlowRun(id=uuid4(), flow_id=uuid4(), name=f"run-{uuid4().hex[:8]}")

    async def _told(self, run: str, pid: int | None) -> None:
        assert pid is None
        self.gone.append(run)

    def job(self, command: str) -> DockerJob:
        """As the pool's template makes it, on the base image."""
        rights = {"user": "root", "cap_drop": ["ALL"], "cap_add": list(RIGHTS), "pids_limit": 100}
        return DockerJob(
            image=BASE,
            image_pull_policy="Never",
            auto_remove=True,
            mem_limit="64m",
            command=command,
            name=self.run.name,
            env={"A": "b"},
            container_create_kwargs=rights,
        )

    async def started(self) -> str:
        """Until the container is noted; gives its name."""
        deadline = time.monotonic() + 60
        while self.run.id not in self.shared.entries:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        return str(self.run.name)


@pytest.fixture
def quiet(engine: str) -> Iterator[None]:
    """Events and lines go nowhere: no Prefect server is needed, and none is started for them."""
    EventsWorker.set_client_override(AssertingEventsClient)
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False}):
        yield
    EventsWorker.drain_all()
    EventsWorker.set_client_override(None)  # type: ignore[arg-type]


@pytest.fixture
async def node(quiet: None, tmp_path: Path) -> AsyncIterator[Node]:
    """Ends its container, whatever the test found."""
    made = Node(tmp_path)
    yield made
    docker("rm", "-f", str(made.run.name), check=False)


def _state(name: str, field: str) -> str:
    return docker("inspect", name, "--format", f"{{{{json {field}}}}}", check=False).stdout.strip()


async def test_a_run_has_a_container_of_its_own(node: Node) -> None:
    """With the job's limits and variables; nothing is left of it, and the hook knows."""
    running = asyncio.ensure_future(node.worker.run(node.run, node.job("sleep 2")))
    name = await node.started()
    assert (_state(name, ".HostConfig.Memory"), _state(name, ".HostConfig.PidsLimit")) == (str(64 * 2**20), "100")
    assert '"A=b"' in _state(name, ".Config.Env")
    await asyncio.wait_for(running, 60)
    assert node.gone == [str(node.run.id)]
    assert node.shared.entries == {}
    assert _state(name, ".Id") == ""


async def test_it_ends_when_it_is_asked(node: Node) -> None:
    """A program that heeds SIGTERM has its time for it."""
    running = asyncio.ensure_future(
        node.worker.run(node.run, node.job("sh -c 'trap \"exit 0\" TERM; while sleep 0.1; do :; done'"))
    )
    await node.started()
    await asyncio.sleep(0.5)
    node.shared.entries[node.run.id].ask()
    await asyncio.wait_for(running, 20)
    assert node.gone == [str(node.run.id)]


async def test_it_ends_when_it_must(node: Node) -> None:
    """One that does not heed it is killed; both on what has ended already do no harm."""
    running = asyncio.ensure_future(
        node.worker.run(node.run, node.job("sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'"))
    )
    await node.started()
    entry = node.shared.entries[node.run.id]
    entry.ask()
    await asyncio.sleep(1)
    assert not running.done()
    entry.force()
    await asyncio.wait_for(running, 20)
    entry.ask()
    entry.force()


async def test_an_image_that_is_gone(node: Node) -> None:
    """The run fails, and the hook is told of it nevertheless."""
    job = node.job("true")
    job.image = "claude-cluster-of-nobody"
    with pytest.raises(Exception, match="claude-cluster-of-nobody"):
        await node.worker.run(node.run, job)
    assert node.gone == [str(node.run.id)]


def test_files_that_settings_name_are_shown(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read-only, at the same place; the pool's own variables go before the node's."""
    monkeypatch.setenv("CLAUDE_CLUSTER_CA_FILE", "/etc/ca.pem")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    job = node.job("true")
    job.env = {"LOG_LEVEL": "ERROR"}
    job.prepare_for_flow_run(node.run)
    assert job.volumes == ["/etc/ca.pem:/etc/ca.pem:ro"]
    assert (job.env["LOG_LEVEL"], job.env["CLAUDE_CLUSTER_CA_FILE"]) == ("ERROR", "/etc/ca.pem")
    assert job.env["PREFECT__FLOW_RUN_ID"] == str(node.run.id)
