"""Nodes come and go: what they are told, and what the coordinator keeps of them."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel

from adapters.cases_http.wire import CLOCK, LISTEN_S, PATH
from agents.specialist import load_specialists, resolve
from cluster.coordinator.bell import Bell
from deployments.catalogue import Kind, pool_of
from domain.errors import ClusterError, UsageError
from domain.node import Joined, NodeCard, Rung
from domain.ports import Nodes

_TAKEN, _UNPROCESSABLE, _UPGRADE, _AWAY = 409, 422, 426, 503


class Sign(BaseModel):
    """A sign of life."""

    start: str
    running: int
    draining: bool = False


class Listening(BaseModel):
    """Which pools a node serves, and up to where it has heard of them."""

    pools: tuple[str, ...]
    heard: int = 0


class Gone(BaseModel):
    """A run's process has ended."""

    run_id: str


def node_routes(
    nodes: Nodes,
    ended: Callable[[str], Awaitable[None]],
    bell: Bell,
    kind: Kind,
    release: str,
    welcome: Callable[[str], tuple[str, str | None]],
) -> APIRouter:
    """`/api/internal/1/nodes...`; `welcome` gives Prefect's address, for the host a node came to, and its password.

    `ended` is told the ids of runs whose process is gone.
    """
    routes = APIRouter(prefix=f"{PATH}/nodes", include_in_schema=False)

    @routes.post("")
    async def join(card: NodeCard, host: str, response: Response) -> Joined:
        response.headers[CLOCK] = str(time.time())
        if card.release != release:
            words = f"Node registration failed: the coordinator is version {release}, the node is {card.release}"
            raise HTTPException(_UPGRADE, f"{words} - install the same version on both")
        pools = _pools(card, kind)
        try:
            await nodes.join(card.model_copy(update={"pools": pools}))
        except UsageError as error:
            raise HTTPException(_TAKEN, str(error)) from error
        url, auth = welcome(host)
        return Joined(prefect_api_url=url, prefect_auth=auth, pools=pools, kind=kind)

    @routes.post("/{node_id}/beat")
    async def beat(node_id: str, sign: Sign, response: Response) -> dict[str, Any]:
        response.headers[CLOCK] = str(time.time())
        return {"known": await nodes.beat(node_id, sign.start, sign.running, sign.draining)}

    @routes.post("/{node_id}/gone")
    async def gone(node_id: str, what: Gone) -> dict[str, Any]:  # noqa: ARG001 - part of the address
        try:
            await ended(what.run_id)
        except ClusterError as error:
            raise HTTPException(_AWAY, str(error)) from error
        return {}

    @routes.delete("/{node_id}")
    async def leave(node_id: str, start: str) -> dict[str, Any]:
        await nodes.leave(node_id, start)
        return {}

    _let_listen(routes, bell)
    return routes


def _pools(card: NodeCard, kind: Kind) -> tuple[str, ...]:
    try:
        known = [resolve(one, load_specialists()).name for one in card.specialties]
    except UsageError as error:
        raise HTTPException(_UNPROCESSABLE, f"Node registration failed: {error}") from error
    return tuple(dict.fromkeys(pool_of(one, kind) for one in known))


def _let_listen(routes: APIRouter, bell: Bell) -> None:
    @routes.post("/{node_id}/listen")
    async def listen(node_id: str, ear: Listening) -> Rung:  # noqa: ARG001 - part of the address
        if bell.closed:
            raise HTTPException(_AWAY, "the coordinator stops")
        return await bell.heard(ear.pools, ear.heard, LISTEN_S)
