"""The whole cluster at a glance: nodes, pools, queue, tasks."""

from datetime import UTC, datetime
from typing import Any

from adapters.cases.figures import SqlFigures
from deployments.catalogue import DISPATCH, Kind, pools
from domain.node import NodeState
from domain.ports import Cases, Nodes
from domain.told import task_object

_SHOWN = 20


class Overview:
    """What `status --show-cluster`, the API and the metrics show."""

    def __init__(self, cases: Cases, nodes: Nodes, figures: SqlFigures, kind: Kind, release: str, ui_url: str) -> None:
        self._cases, self._nodes, self._figures = cases, nodes, figures
        self._kind: Kind = kind
        self._release, self._ui_url = release, ui_url

    async def told(self) -> dict[str, Any]:
        """The object of `GET /api/cluster/status`; times are ISO 8601, money is US dollars."""
        now = datetime.now(UTC)
        nodes, figures = await self._nodes.all(), await self._figures.all()
        alive = [one for one in nodes if one.lives(now)]
        return {
            "release": self._release,
            "type": self._kind,
            "prefect_ui": self._ui_url,
            "nodes": [_node(one, now) for one in nodes],
            "pools": [_pool(pool.name, alive) for pool in pools(self._kind) if pool.name != DISPATCH],
            "slots": {
                "total": sum(one.card.max_tasks for one in alive),
                "running": sum(one.running for one in alive),
            },
            "tasks": _by_status(figures.counts),
            "queue": {"length": _by_status(figures.counts).get("queued", 0), "oldest_s": round(figures.oldest_s, 1)},
            "spend": {"cost_usd": round(figures.cost_usd, 4), "cache_share": round(figures.cache_share, 4)},
            "recent": [_short(task_object(one)) for one in await self._cases.recent(_SHOWN)],
        }


def _node(one: NodeState, now: datetime) -> dict[str, Any]:
    card = one.card
    return {
        "node_id": card.id,
        "state": one.state(now),
        "host": card.host,
        "agent_port": card.agent_port,
        "specialties": list(card.specialties),
        "pools": list(card.pools),
        "running": one.running,
        "max_tasks": card.max_tasks,
        "seen_s": round((now - one.seen).total_seconds(), 1),
        **card.capabilities.model_dump(mode="json"),
    }


def _pool(name: str, alive: list[NodeState]) -> dict[str, Any]:
    serving = [one for one in alive if name in one.card.pools]
    return {"name": name, "nodes": [one.card.id for one in serving], "slots": sum(o.card.max_tasks for o in serving)}


def _by_status(counts: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        found[one.status] = found.get(one.status, 0) + one.tasks
    return found


def _short(task: dict[str, Any]) -> dict[str, Any]:
    pull = task["pull_request"]
    return {
        **{name: task[name] for name in ("task_id", "repo", "issue", "status", "outcome", "step", "action", "node")},
        "reason": task["reason"],
        "cost_usd": task["spend"]["cost_usd"],
        "pull_request": pull["url"] if pull else None,
        "shares": task.get("shares", []),
    }
