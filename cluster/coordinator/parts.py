"""The coordinator's parts, put together."""

import socket
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from typing import Any

from starlette.types import ASGIApp

from adapters.cases.claims import SqlClaims
from adapters.cases.nodes import SqlNodes
from adapters.cases.runs import SqlRuns
from adapters.cases.shares import SqlShares
from adapters.cases.submissions import SqlSubmissions
from adapters.cases.turns import SqlTurns
from adapters.cases.unsettled import SqlUnsettled
from cluster.coordinator.api import Api
from cluster.coordinator.backlog import CoordinatorDispatch
from cluster.coordinator.checks import Checks
from cluster.coordinator.desk import CoordinatorDesk
from cluster.coordinator.internal import Internal
from cluster.coordinator.options import Options
from cluster.coordinator.overview import Overview
from cluster.coordinator.places import node_routes
from cluster.coordinator.prefect_api import PrefectApi
from cluster.coordinator.recovery import Recovery
from cluster.coordinator.runs import Runs
from cluster.coordinator.sharing import Sharing
from cluster.coordinator.showing import Showing
from cluster.coordinator.task_routes import TaskRoutes
from cluster.sweep.finding import Sweep
from cluster.sweep.settling import Settling
from cluster.webhooks.app import webhook_app
from cluster.webhooks.house import House, house_of
from cluster.webhooks.processing import Processing
from proof.intake import forge_name
from wiring.outside import Outside


class Parts:
    """Made once an event loop; `auth` is what the Prefect server asks for."""

    def __init__(self, outside: Outside, prefect: PrefectApi, options: Options, auth: str | None) -> None:
        self._outside, self._prefect, self._options, self._auth = outside, prefect, options, auth
        self._release = version("claude-cluster")
        database = outside.database
        self._nodes, self._orders = SqlNodes(database), SqlRuns(database)
        self._submissions, self._figures = SqlSubmissions(database), outside.figures
        self._runs = Runs(prefect, self._orders, outside.cases, self._nodes, options.kind)
        self._shares = SqlShares(database)
        out, kind = (prefect, self._shares, outside.cases, self._nodes), options.kind
        self._sharing = Sharing(*out, kind, options.share_s)
        self._desk = CoordinatorDesk(outside, self._runs, self._orders, prefect, self._sharing)

    @cached_property
    def recovery(self) -> Recovery:
        """The loop over what is lost."""
        out = self._outside
        fallback = timedelta(seconds=self._options.fallback_s)
        return Recovery(self._runs, self._orders, self._prefect, out.cases, out.issues, fallback)

    @cached_property
    def processing(self) -> Processing:
        """The loop over webhook deliveries."""
        out = self._outside
        forge = forge_name(out.settings)
        return Processing(out.deliveries, out.cases, out.issues, out.actors, self._desk, self._house, forge)

    @cached_property
    def webhooks(self) -> ASGIApp:
        """The receiver on port 8000."""
        out = self._outside
        return webhook_app(out.settings.github_webhook_secret, out.deliveries, self._house, self.processing.wake)

    @cached_property
    def api(self) -> Api:
        """The API on port 8001."""
        out = self._outside
        checks = Checks(self._prefect, self._submissions, self._nodes, self._options.kind)
        tasks = TaskRoutes(self._desk, checks, out.cases, self._submissions, self._orders, out.settings.repo)
        places = node_routes(
            self._nodes, self._gone, self._prefect.bell, self._options.kind, self._release, self._welcome
        )
        internal = Internal(self._ports())
        return Api(tasks, internal, self._nodes, places, self._overview, self._figures, self._prefect)

    @cached_property
    def showing(self) -> Showing:
        """The loop that keeps the page in the Prefect UI."""
        return Showing(self._prefect, self._overview)

    @cached_property
    def _overview(self) -> Overview:
        ui_url = self._options.prefect_url.removesuffix("/api")
        options, cases = self._options, self._outside.cases
        return Overview(cases, self._nodes, self._figures, options.kind, self._release, ui_url)

    @cached_property
    def own_port(self) -> int:
        """A free port of loopback for our own worker, where the API has TLS."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    @property
    def own_url(self) -> str:
        """Where our own worker finds the API."""
        options = self._options
        port = self.own_port if options.tls else options.port
        return f"http://{'127.0.0.1' if options.tls else options.own_host}:{port}"

    @cached_property
    def _house(self) -> House:
        return house_of(self._outside.settings)

    def _welcome(self, host: str) -> tuple[str, str | None]:
        return self._options.prefect_url_for(host), self._auth

    def _ports(self) -> dict[str, Any]:
        """What nodes may call: for a port's name the object that carries it out for a holder."""
        out = self._outside
        forge = forge_name(out.settings)
        sweep = Sweep(out.backlog, out.issues, out.pulls, out.actors, out.cases, self._house, forge)
        settling = Settling(out.issues, out.pulls, SqlUnsettled(out.database), self._desk)
        dispatch = CoordinatorDispatch(self._desk, sweep, settling, self._nodes, out)
        fixed: dict[str, Any] = {
            "Cases": out.cases,
            "Budget": out.budget,
            "Breaker": out.breaker,
            "Checkpoints": out.checkpoints,
            "Remarks": out.remarks,
            "Dispatch": dispatch,
            "Submissions": self._submissions,
            "Turns": SqlTurns(out.database),
            "Offers": self._sharing,
        }
        same = {name: lambda _, port=port: port for name, port in fixed.items()}
        claims = {"Claims": lambda holder: SqlClaims(out.database, holder or None)}
        return {**same, **claims, "Shares": self._shares.of}

    async def _gone(self, run_id: str) -> None:
        """A node says that a run's process has ended: what it held is free."""
        await self._shares.gone(run_id)
        await self.recovery.gone(run_id)
