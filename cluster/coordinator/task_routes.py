"""`/api/tasks`: what programs submit, read and cancel."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Path, Query, Response

from adapters.cases.runs import SqlRuns
from agents.specialist import load_specialists, resolve
from cluster.coordinator.checks import Checks
from cluster.coordinator.desk import CoordinatorDesk
from domain.case import WorkRequest, parse_task_id
from domain.errors import ConfigurationError, UnknownTask, UsageError
from domain.outcome import Outcome
from domain.ports import Cases, Submissions
from domain.submission import Submission, SubmissionFile
from domain.told import task_object

_CREATED, _CONFLICT = 202, 409
_MOST = 1_000
TaskId = Annotated[str, Path(max_length=100)]


class Conflict(Exception):
    """The id stands for something else."""


class TaskRoutes:
    """Tasks by their own id, or by the id that a caller chose."""

    def __init__(
        self,
        desk: CoordinatorDesk,
        checks: Checks,
        cases: Cases,
        submissions: Submissions,
        orders: SqlRuns,
        default_repo: str | None,
    ) -> None:
        self._desk, self._checks, self._cases = desk, checks, cases
        self._submissions, self._orders, self._repo = submissions, orders, default_repo

    def router(self) -> APIRouter:
        """The four of them."""
        routes = APIRouter(prefix="/api/tasks", tags=["tasks"])
        routes.add_api_route("", self.submit, methods=["POST"], status_code=_CREATED)
        routes.add_api_route("", self.recent, methods=["GET"])
        routes.add_api_route("/{task_id}", self.read, methods=["GET"])
        routes.add_api_route("/{task_id}", self.cancel, methods=["DELETE"])
        return routes

    async def submit(self, submission: Submission, response: Response) -> dict[str, Any]:
        """Ask for work on an issue, or, without one, for a check of a node that serves the requirements."""
        for name in submission.requirements:
            resolve(name, load_specialists())
        if submission.task_id and parse_task_id(submission.task_id):
            raise UsageError(f"ids like {submission.task_id} are given by the cluster", "choose one of another form")
        if submission.task_id is None and submission.issue is not None:
            return await self._started(await self._work(submission))
        file, new = await self._submissions.open(submission, submission.task_id or f"check-{uuid4().hex[:12]}")
        if new is None:
            raise Conflict(f"{file.id} stands for another task")
        if not new:
            response.status_code = 200
        if file.case_id:
            return {**await self._started(file.case_id), "task_id": file.id}
        if submission.issue is None:
            file = await self._checks.start(file, submission)
            return {"task_id": file.id, "status": file.status, "flow_run_id": file.flow_run_id}
        case_id = await self._work(submission)
        await self._submissions.write(file.model_copy(update={"case_id": case_id, "updated": datetime.now(UTC)}))
        return {**await self._started(case_id), "task_id": file.id}

    async def recent(self, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50) -> dict[str, Any]:
        """The newest tasks."""
        return {"tasks": [task_object(one) for one in await self._cases.recent(limit)]}

    async def read(self, task_id: TaskId) -> dict[str, Any]:
        """Where a task stands, and its result once it has one."""
        file = await self._submission(task_id)
        if file is None:
            return await self._object(task_id)
        if file.case_id:
            return {**await self._object(file.case_id), "task_id": task_id}
        return _check_object(file)

    async def cancel(self, task_id: TaskId) -> dict[str, Any]:
        """Stop a task with everything it started; one that has ended stays as it is."""
        file = await self._submission(task_id)
        if file and file.case_id is None:
            file = await self._checks.stop(file)
            return {"task_id": file.id, "status": file.status}
        case_id = file.case_id if file and file.case_id else task_id
        if not (await self._cases.read(case_id)).ended:
            await self._desk.stop(case_id, "cancelled over the API")
        return {"task_id": task_id, "status": (await self._cases.read(case_id)).status}

    async def _work(self, submission: Submission) -> str:
        repo = submission.repo or self._repo
        if not repo or submission.issue is None:
            raise ConfigurationError("no repository was given", "send repo, or set CLAUDE_CLUSTER_REPO")
        request = WorkRequest(
            repo=repo,
            issue=submission.issue,
            base=submission.base,
            specialist=next(iter(submission.requirements), None),
            priority=submission.priority,
            dry_run=submission.dry_run,
            max_cost_usd=submission.max_cost_usd,
            requested_by="api",
        )
        return (await self._desk.start(request)).case.id

    async def _started(self, case_id: str) -> dict[str, Any]:
        file, order = await self._cases.read(case_id), await self._orders.newest(case_id)
        run = order.run_id if order else None
        return {"task_id": case_id, "status": file.status, "flow_run_id": file.flow_run_id or run}

    async def _object(self, case_id: str) -> dict[str, Any]:
        file = await self._cases.read(case_id)
        order = None if file.flow_run_id else await self._orders.newest(case_id)
        return {**task_object(file), **({"flow_run_id": order.run_id} if order else {})}

    async def _submission(self, task_id: str) -> SubmissionFile | None:
        if parse_task_id(task_id):
            return None
        try:
            return await self._submissions.read(task_id)
        except UnknownTask:
            return None


def _check_object(file: SubmissionFile) -> dict[str, Any]:
    return {
        "task_id": file.id,
        "flow_run_id": file.flow_run_id,
        "repo": None,
        "issue": None,
        "outcome": None if file.status in {"queued", "running"} else _word(file),
        "reason": file.reason,
        "status": file.status,
        "step": file.step,
        "created": file.created.isoformat(),
        "updated": file.updated.isoformat(),
        "node": file.node,
        "result": file.result,
    }


def _word(file: SubmissionFile) -> str:
    return Outcome.NO_CHANGE_NEEDED.value if file.status == "completed" else file.status
