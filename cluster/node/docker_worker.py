"""The worker of a pool of containers: each run in a fresh one, which the engine removes at its end."""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

import anyio
import docker  # type: ignore[import-untyped]
from anyio.abc import TaskStatus
from docker.errors import APIError, DockerException  # type: ignore[import-untyped]
from prefect.client.schemas.objects import Flow, FlowRun, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect_docker.worker import DockerWorker, DockerWorkerJobConfiguration, DockerWorkerResult

from cluster.node.taking import Entry, Taking
from cluster.variables import sections

_STATE = "/var/lib/claude-cluster"
# Folders of this machine; what is asked for once, by the coordinator; and what Prefect works out for the container.
_NOT_PASSED_ON = {
    *("CLAUDE_CLUSTER_HOME", "CLAUDE_CLUSTER_SANDBOX", "PREFECT_API_URL"),
    *("CLAUDE_CLUSTER_DATABASE_URL", "GITHUB_WEBHOOK_SECRET"),
}
_FILES = ("GITHUB_APP_PRIVATE_KEY_FILE", "CLAUDE_CLUSTER_PRICES", "CLAUDE_CLUSTER_CA_FILE", "PREFECT_API_SSL_CERT_FILE")
_log = logging.getLogger(__name__)


class DockerJob(DockerWorkerJobConfiguration):  # type: ignore[misc]
    """A job that knows this node's settings; files that they name are shown to the container, read-only."""

    if TYPE_CHECKING:
        env: dict[str, str | None]
        volumes: list[str]

    def prepare_for_flow_run(
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: Flow | None = None,
        work_pool: WorkPool | None = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Add them; what the pool says of a variable goes before."""
        self.env = {**passed_on(os.environ), **self.env}
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)
        self.volumes = [*self.volumes, *(f"{path}:{path}:ro" for path in _files(self.env))]


class DockerNodeWorker(Taking, DockerWorker):  # type: ignore[misc]
    """Takes a run only when the whole node has room for it."""

    job_configuration = DockerJob

    async def run(
        self,
        flow_run: FlowRun,
        configuration: DockerWorkerJobConfiguration,
        task_status: TaskStatus[Any] | None = None,
    ) -> DockerWorkerResult:
        """Run it to its end in a container of its own, then say that it is gone."""
        try:
            noted = _Noted(self._shared.entries, flow_run.id, task_status)
            result: DockerWorkerResult = await DockerWorker.run(self, flow_run, configuration, noted)
            if self._shared.draining:
                result.status_code = 0  # Prefect would say Crashed once more, after the run was handed back
            return result
        finally:
            with anyio.CancelScope(shield=True):
                await self.gone(flow_run.id)


def passed_on(variables: Mapping[str, str]) -> dict[str, str]:
    """Which of this node's variables its containers get: every setting but folders of this machine."""
    names = {variable.name for section in sections() for variable in section.variables} - _NOT_PASSED_ON
    ours = {name: value for name, value in variables.items() if name in names and value}
    return {**ours, "CLAUDE_CLUSTER_HOME": _STATE, "PREFECT_HOME": f"{_STATE}/prefect"}


def _files(env: Mapping[str, str | None]) -> list[str]:
    return list(dict.fromkeys(path for name in _FILES if (path := env.get(name))))


class _OwnContainer:
    """The container of a run; `identifier` is the engine's."""

    def __init__(self, identifier: str) -> None:
        self._identifier = identifier

    def ask(self) -> None:
        """Ask it to end."""
        self._signal("SIGTERM")

    def force(self) -> None:
        """End it."""
        self._signal("SIGKILL")

    def _signal(self, name: str) -> None:
        try:
            engine = docker.from_env()
        except DockerException as error:
            _log.warning("container not ended container=%s reason=%s", self._identifier, error)
            return
        with suppress(APIError):  # it has ended already
            engine.api.kill(self._identifier, name)
        engine.close()


class _Noted(TaskStatus[str]):
    """Notes the container before it tells Prefect that the run has started."""

    def __init__(self, entries: dict[UUID, Entry], run: UUID, told: TaskStatus[str] | None) -> None:
        self._entries, self._run, self._told = entries, run, told

    def started(self, value: str | None = None) -> None:
        """Prefect's worker calls this with the engine's address and the container."""
        if value is not None:
            self._entries[self._run] = _OwnContainer(value.rpartition(":")[2])
            if self._told:
                self._told.started(value)
