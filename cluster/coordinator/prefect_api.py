"""The Prefect server's REST API, as much of it as the coordinator needs."""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import httpx

from cluster.coordinator.bell import Bell
from domain.errors import ClusterError, Transient
from domain.frozen import Frozen

StateType = Literal["SCHEDULED", "CANCELLED", "CANCELLING", "CRASHED"]
TERMINAL = {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"}
_NOT_FOUND, _TROUBLE, _SERVER = 404, 400, 500
_TIMEOUT = httpx.Timeout(30, connect=5)
_ALIVE_S = 60.0


class Run(Frozen):
    """A flow run: its state's type and name, where it waits or runs, since when (UTC) it is in that state."""

    id: str
    state: str
    state_name: str
    since: datetime | None = None
    pool: str | None = None
    tags: tuple[str, ...] = ()


class PrefectApi:
    """`url` ends in /api; `auth` is `user:password` where the server asks for one.

    `trusts_all` is for a server of this very machine, whose certificate names it as others see it. `registered` is
    set when pools and deployments are there. Every run that is created rings the `bell` of its pool.
    """

    def __init__(self, url: str, auth: str | None = None, *, trusts_all: bool = False) -> None:
        user, _, password = (auth or "").partition(":")
        self.url = url.rstrip("/")
        self._client = httpx.AsyncClient(
            base_url=self.url,
            timeout=_TIMEOUT,
            auth=httpx.BasicAuth(user, password) if auth else None,
            verify=not trusts_all,
        )
        self._deployments: dict[str, tuple[str, str]] = {}  # id and pool
        self.bell = Bell()
        self.registered = False

    async def create_run(
        self, deployment: str, parameters: dict[str, Any], key: str, tags: tuple[str, ...] = (), queue: str = ""
    ) -> Run:
        """A run of the deployment `flow/name`; the same key gives the run that was created with it.

        Source: POST /deployments/{id}/create_flow_run; keys are unique for each flow.
        """
        body = {
            "parameters": parameters,
            "enforce_parameter_schema": False,  # they are ours; checking costs the server some 7 ms a run
            "idempotency_key": key,
            "tags": list(tags),
            "state": {"type": "SCHEDULED"},
        }
        if queue:
            body["work_queue_name"] = queue
        identifier, pool = await self._deployment(deployment)
        run = _run(await self._call("POST", f"/deployments/{identifier}/create_flow_run", body))
        self.bell.ring(pool)
        return run

    async def run(self, run_id: str) -> Run | None:
        """A run as it is now; None if the server does not know it."""
        found = await self._call("GET", f"/flow_runs/{quote(run_id)}")
        return _run(found) if found else None

    async def under_way(self) -> tuple[Run, ...]:
        """Runs that are said to be taken or running, the oldest first, two hundred at most."""
        wanted = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}}, "sort": "START_TIME_ASC"}
        return tuple(_run(one) for one in await self._call("POST", "/flow_runs/filter", wanted))

    async def set_state(self, run_id: str, kind: StateType, message: str, *, force: bool = False) -> None:
        """Set a run's state; one that is gone is left alone."""
        state = {"type": kind, "message": message}
        await self._call("POST", f"/flow_runs/{quote(run_id)}/set_state", {"state": state, "force": force})

    async def resume(self, run_id: str) -> bool:
        """Let a suspended run go on; whether the server took it."""
        told = await self._call("POST", f"/flow_runs/{quote(run_id)}/resume", {})
        return bool(told.get("status") == "ACCEPT")

    async def served(self, pool: str) -> bool:
        """Whether a worker polls the pool."""
        found = await self._call("POST", f"/work_pools/{quote(pool)}/workers/filter", {})
        return any(one.get("status") == "ONLINE" for one in found or ())

    async def have_queue(self, pool: str, name: str, priority: int) -> None:
        """See that the pool has this queue; a lower number goes first."""
        path = f"/work_pools/{quote(pool)}/queues"
        if not await self._call("GET", f"{path}/{quote(name)}"):
            await self._call("POST", path, {"name": name, "priority": priority}, conflict=True)

    async def show(self, key: str, markdown: str, description: str) -> None:
        """Put a page under this key: the one that is there is changed, so that it does not grow by versions."""
        named = {"artifacts": {"key": {"any_": [key]}}, "sort": "UPDATED_DESC", "limit": 1}
        found = await self._call("POST", "/artifacts/filter", named)  # `latest` has an id that can't be changed
        body = {"data": markdown, "description": description}
        if found:
            await self._call("PATCH", f"/artifacts/{found[0]['id']}", body)
        else:
            await self._call("POST", "/artifacts/", {"key": key, "type": "markdown", **body})

    async def tell(self, name: str, value: Any) -> None:
        """Set a variable of the server, which every run can read."""
        path = f"/variables/name/{quote(name)}"
        if await self._call("GET", path):
            await self._call("PATCH", path, {"value": value})
        else:
            await self._call("POST", "/variables/", {"name": name, "value": value})

    async def healthy(self) -> bool:
        """Whether it answers."""
        try:
            return (await self._client.get("/health", timeout=5)).status_code < _TROUBLE
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def _deployment(self, name: str) -> tuple[str, str]:
        if name not in self._deployments:
            flow, _, which = name.partition("/")
            found = await self._call("GET", f"/deployments/name/{quote(flow)}/{quote(which)}")
            if not found and not self.registered:
                raise Transient("the coordinator has just begun and still registers its deployments")
            if not found:
                raise ClusterError(f"the Prefect server has no deployment {name}", "start the coordinator again")
            self._deployments[name] = (found["id"], found["work_pool_name"] or "")
        return self._deployments[name]

    async def _call(self, method: str, path: str, body: Any = None, *, conflict: bool = False) -> Any:
        """What it answers; nothing (`{}`) for what is not there, and for a `conflict` that is expected."""
        try:
            response = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise Transient(f"the Prefect server at {self.url} does not answer: {type(error).__name__}") from error
        if response.status_code == _NOT_FOUND or (conflict and _TROUBLE <= response.status_code < _SERVER):
            return {}
        if response.status_code >= _SERVER:
            raise Transient(f"the Prefect server answered {response.status_code}")
        if response.status_code >= _TROUBLE:
            raise ClusterError(f"the Prefect server refused {method} {path}: {response.text[:300]}")
        return response.json() if response.content else {}


def _run(found: dict[str, Any]) -> Run:
    state = found.get("state") or {}
    return Run(
        id=found["id"],
        state=state.get("type") or "PENDING",
        state_name=state.get("name") or "",
        since=state.get("timestamp"),
        pool=found.get("work_pool_name"),
        tags=tuple(found.get("tags") or ()),
    )
