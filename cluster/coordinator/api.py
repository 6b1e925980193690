"""The coordinator's API on port 8001: for people's programs and for nodes."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import SecretStr
from starlette.types import ASGIApp

from adapters.cases.figures import SqlFigures
from cluster.coordinator.door import Door
from cluster.coordinator.internal import Internal
from cluster.coordinator.metrics import exposition
from cluster.coordinator.overview import Overview
from cluster.coordinator.prefect_api import PrefectApi
from cluster.coordinator.task_routes import Conflict, TaskRoutes
from domain.errors import (
    AuthenticationFailed,
    ClusterError,
    ConfigurationError,
    NotFound,
    RateLimited,
    Transient,
    UnknownTask,
)
from domain.ports import Nodes
from domain.worth import worth_object

_STATUSES: tuple[tuple[type[ClusterError], int], ...] = (
    (UnknownTask, 404),
    (ConfigurationError, 422),
    (NotFound, 422),
    (AuthenticationFailed, 502),
    (RateLimited, 503),
    (Transient, 503),
)
_REFUSED = 409


class Api:
    """Puts the parts together."""

    def __init__(
        self,
        tasks: TaskRoutes,
        internal: Internal,
        nodes: Nodes,
        node_routes: APIRouter,
        overview: Overview,
        figures: SqlFigures,
        prefect: PrefectApi,
    ) -> None:
        self._overview, self._figures, self._nodes, self._prefect = overview, figures, nodes, prefect
        self.app = FastAPI(
            title="claude-cluster coordinator", version=version("claude-cluster"), docs_url="/docs", redoc_url=None
        )
        self.app.add_api_route("/health", self.health, methods=["GET"])
        self.app.add_api_route("/metrics", self.metrics, methods=["GET"], response_class=Response)
        self.app.add_api_route("/api/cluster/status", self.status, methods=["GET"])
        self.app.add_api_route("/api/report", self.report, methods=["GET"])
        self.app.include_router(tasks.router())
        self.app.include_router(node_routes)
        self.app.router.routes.append(internal.route())
        self.app.add_exception_handler(ClusterError, _told)
        self.app.add_exception_handler(Conflict, _conflict)

    def behind(self, token: SecretStr | None) -> ASGIApp:
        """The application with its door."""
        return Door(self.app, token)

    async def health(self) -> JSONResponse:
        """Whether the coordinator, its ledger and its Prefect server answer, and deployments are registered."""
        prefect = await self._prefect.healthy()
        try:
            nodes: int | None = len(await self._nodes.all())
        except ClusterError:
            nodes = None
        well = "ok" if prefect and nodes is not None else "degraded"
        status = well if self._prefect.registered else "starting"
        told = {
            "status": status,
            "version": version("claude-cluster"),
            "prefect": "ok" if prefect else "unreachable",
            "ledger": "ok" if nodes is not None else "unreachable",
        }
        return JSONResponse(told, status_code=200 if status == "ok" else 503)

    async def status(self) -> dict[str, Any]:
        """Nodes, pools, queue, tasks."""
        return await self._overview.told()

    async def report(self) -> dict[str, Any]:
        """Cost per merged pull request and first-pass rate."""
        return worth_object(await self._figures.worth())

    async def metrics(self) -> Response:
        """Figures for Prometheus."""
        text = exposition(await self._figures.all(), await self._nodes.all())
        return Response(text, media_type="text/plain; version=0.0.4")


async def _told(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - FastAPI's signature
    status = next((code for kind, code in _STATUSES if isinstance(error, kind)), _REFUSED)
    headers = {"Retry-After": str(int(error.retry_after))} if isinstance(error, RateLimited) else {}
    return JSONResponse({"detail": str(error)}, status_code=status, headers=headers)


async def _conflict(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - FastAPI's signature
    return JSONResponse({"detail": str(error)}, status_code=_REFUSED)
