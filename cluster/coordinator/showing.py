"""The cluster's state as an artifact of the Prefect server: whoever looks at the UI sees it there."""

import asyncio
import logging
from typing import Any

from cluster.coordinator.overview import Overview
from cluster.coordinator.prefect_api import PrefectApi
from domain.errors import ClusterError

KEY = "cluster-status"
_EVERY_S = 30.0
_log = logging.getLogger(__name__)


class Showing:
    """Keeps one artifact up to date; a coordinator that starts again goes on with the one that is there."""

    def __init__(self, prefect: PrefectApi, overview: Overview) -> None:
        self._prefect, self._overview = prefect, overview
        self._shown = ""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                page = markdown(await self._overview.told())
                if page != self._shown:
                    await self._prefect.show(KEY, page, "Nodes, queue and tasks of the cluster")
                    self._shown = page
            except ClusterError as error:
                _log.warning("cluster status not shown: %s", error)
            await asyncio.sleep(_EVERY_S)


def markdown(told: dict[str, Any]) -> str:
    """The object of `GET /api/cluster/status` as a page."""
    nodes = [
        f"| {one['node_id']} | {one['state']} | {one['running']}/{one['max_tasks']} | {', '.join(one['pools'])} |"
        for one in told["nodes"]
    ]
    tasks = [
        f"| {one['task_id']} | {one['repo']}#{one['issue']} | {(one['outcome'] or one['status']).replace('_', ' ')}"
        f" | ${one['cost_usd']:.2f} | {one['pull_request'] or ''} |"
        for one in told["recent"]
    ]
    counts = ", ".join(f"{number} {name}" for name, number in sorted(told["tasks"].items())) or "none yet"
    slots, spend = told["slots"], told["spend"]
    lines = [
        (
            f"{slots['running']} of {slots['total']} slots busy; tasks: {counts};"
            f" ${spend['cost_usd']:.2f} spent, {spend['cache_share']:.0%} read from cache"
        ),
        "",
        *("| node | state | busy | serves |", "|---|---|---|---|"),
        *(nodes or ["| no node yet | | | |"]),
        "",
        *("| task | issue | state | cost | pull request |", "|---|---|---|---|---|"),
        *(tasks or ["| no task yet | | | | |"]),
    ]
    return "\n".join(lines)
