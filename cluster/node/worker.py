"""The worker of a pool of processes: each run in a process of its own, started as the node starts runs."""

import os
import signal
import sys
from contextlib import suppress
from uuid import UUID

import anyio
from anyio.abc import TaskStatus
from prefect.client.schemas.objects import Flow, FlowRun, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.utilities.processutils import command_to_string
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from cluster.node.taking import Entry, Taking

_PLAIN = command_to_string([sys.executable, "-P", "-m", "prefect.engine"])


class NodeJob(ProcessJobConfiguration):
    """A job that starts without Prefect's supervisor interpreter, unless its pool names a command."""

    def prepare_for_flow_run(
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: Flow | None = None,
        work_pool: WorkPool | None = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Name the command before Prefect does."""
        self.command = self.command or _PLAIN
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)


class NodeWorker(Taking, ProcessWorker):
    """Takes a run only when the whole node has room for it, and starts it as the node starts runs."""

    job_configuration = NodeJob

    async def run(
        self, flow_run: FlowRun, configuration: ProcessJobConfiguration, task_status: TaskStatus[int] | None = None
    ) -> ProcessWorkerResult:
        """Run it to its end in a process of its own, then say that it is gone."""
        if configuration.command == _PLAIN:
            configuration.command = self._shared.starts.command()
        configuration.working_dir = configuration.working_dir or self._shared.home
        try:
            noted = _Noted(self._shared.entries, flow_run.id, task_status)
            result = await ProcessWorker.run(self, flow_run, configuration, noted)
            if self._shared.draining:
                result.status_code = 0  # Prefect would say Crashed once more, after the run was handed back
            return result
        finally:
            with anyio.CancelScope(shield=True):
                await self.gone(flow_run.id)


class _OwnProcess:
    """The process that stands for a run; the keeper behind it ends the run within five seconds."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def ask(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def force(self) -> None:
        """End it."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)


class _Noted(TaskStatus[int]):
    """Notes the process before it tells Prefect that the run has started."""

    def __init__(self, entries: dict[UUID, Entry], run: UUID, told: TaskStatus[int] | None) -> None:
        self._entries, self._run, self._told = entries, run, told

    def started(self, value: int | None = None) -> None:
        """Prefect's worker calls this with the number of the process."""
        if value is not None:
            self._entries[self._run] = _OwnProcess(value)
        if self._told and value is not None:
            self._told.started(value)
