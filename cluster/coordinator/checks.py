"""Self-checks of nodes: submissions without an issue."""

from datetime import UTC, datetime

from agents.specialist import load_specialists, resolve
from cluster.coordinator.placing import DEFAULT_QUEUE, PRIORITIES, queue
from cluster.coordinator.prefect_api import TERMINAL, PrefectApi
from deployments.catalogue import Kind, pool_of
from domain.ports import Nodes, Submissions
from domain.submission import Submission, SubmissionFile

_LIVE = {"queued", "running"}


class Checks:
    """Starts them in the pool of what is required; without requirements, in one that a node serves."""

    def __init__(self, prefect: PrefectApi, submissions: Submissions, nodes: Nodes, kind: Kind) -> None:
        self._prefect, self._submissions, self._nodes = prefect, submissions, nodes
        self._kind: Kind = kind

    async def start(self, file: SubmissionFile, submission: Submission) -> SubmissionFile:
        """The same with its run; one that has its run keeps it."""
        if file.flow_run_id or file.status not in _LIVE:
            return file
        specialist = await self._specialist(submission)
        await self._have_queue(specialist, submission)
        run = await self._prefect.create_run(
            f"self-check/{specialist}", {"task_id": file.id}, file.id, (file.id,), queue(submission.priority)
        )
        file = await self._submissions.read(file.id)  # the run may have begun
        if file.flow_run_id is None:
            file = file.model_copy(update={"flow_run_id": run.id, "updated": datetime.now(UTC)})
            await self._submissions.write(file)
        return file

    async def stop(self, file: SubmissionFile) -> SubmissionFile:
        """Cancelled, unless it has ended."""
        if file.status not in _LIVE:
            return file
        if file.flow_run_id and (run := await self._prefect.run(file.flow_run_id)) and run.state not in TERMINAL:
            await self._prefect.set_state(run.id, "CANCELLED", "cancelled over the API", force=True)
        file = file.model_copy(update={"status": "cancelled", "updated": datetime.now(UTC)})
        await self._submissions.write(file)
        return file

    async def _specialist(self, submission: Submission) -> str:
        able = load_specialists()
        if submission.requirements:
            return resolve(submission.requirements[0], able).name
        now = datetime.now(UTC)
        served = [pool for one in await self._nodes.all() if one.lives(now) for pool in one.card.pools]
        return served[0].removesuffix(f"-{self._kind}") if served else able[0].name

    async def _have_queue(self, specialist: str, submission: Submission) -> None:
        name = queue(submission.priority)
        if name != DEFAULT_QUEUE:
            await self._prefect.have_queue(pool_of(specialist, self._kind), name, PRIORITIES[submission.priority])
