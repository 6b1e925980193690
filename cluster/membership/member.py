"""A node's side of its membership."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from adapters.cases_http.ledger import HttpCases
from adapters.cases_http.line import Address, learn_clock
from adapters.cases_http.outbox import Outbox
from adapters.cases_http.tls import refused
from adapters.cases_http.wire import LISTEN_S, PATH
from cluster.membership.leftovers import Leftovers
from domain.errors import AuthenticationFailed, ClusterError, ConfigurationError, Transient
from domain.node import Joined, NodeCard, Rung

_NODES = f"{PATH}/nodes"
_BEAT_S = 10.0
_DEAF_S = 3.0  # before a coordinator that did not answer is listened to again
_ANSWER_S = 15.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 15.0
_UNAUTHORIZED, _SERVER = 401, 500
_log = logging.getLogger(__name__)


class Member:
    """`card` is what the node says of itself; `outbox` holds outcomes that the coordinator has not heard of."""

    def __init__(self, address: Address, card: NodeCard, outbox: Outbox, cases: HttpCases) -> None:
        self._address, self._card = address, card
        self._outbox, self._cases = outbox, cases
        self._client = address.client()
        self._heard = time.monotonic()

    def silence_s(self) -> float:
        """For how many seconds the coordinator has not answered."""
        return time.monotonic() - self._heard

    async def join(self, say: Callable[[str], None]) -> Joined:
        """Join; a coordinator that is not there is waited for, with growing pauses, and `say` tells so.

        Raises:
            AuthenticationFailed: the token is wrong.
            ConfigurationError: the coordinator refuses this node, or is no coordinator; says why.
        """
        wait = _FIRST_WAIT_S
        while True:
            try:
                return await self._join()
            except Transient as error:
                say(f"Warning: Node registration failed: {error}; next try in {wait:.0f} s")
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    async def change(self, card: NodeCard) -> None:
        """Say something else of the node from now on. Raises what `join` raises, and `Transient`."""
        self._card = card.model_copy(update={"start": self._card.start})
        await self._join()

    async def beat(self, running: Callable[[], int], draining: Callable[[], bool]) -> None:
        """Signs of life until cancelled; a coordinator that forgot the node is joined again, outcomes are sent."""
        while True:
            try:
                sign = {"start": self._card.start, "running": running(), "draining": draining()}
                told = await self._post(f"{_NODES}/{self._card.id}/beat", sign)
                if not told.get("known"):
                    await self._join()
                await self._send_outcomes()
            except ClusterError as error:
                _log.warning("coordinator out of reach seconds=%.0f reason=%s", self.silence_s(), error)
            await asyncio.sleep(_BEAT_S)

    async def listen(self, pools: Sequence[str], ring: Callable[[Sequence[str]], None]) -> None:
        """Hear at once of runs that wait in these pools, until cancelled; what is missed is found by polling."""
        heard = 0
        while True:
            try:
                asked = {"pools": list(pools), "heard": heard}
                told = await self._post(f"{_NODES}/{self._card.id}/listen", asked, LISTEN_S + _ANSWER_S)
                rung = Rung.model_validate(told)
                heard = rung.heard
                ring(rung.pools)
            except (ClusterError, ValidationError) as error:
                _log.info("coordinator not heard reason=%s", error)
                await asyncio.sleep(_DEAF_S)

    async def tidy(self, home: Path) -> None:
        """Remove from the state folder what nobody goes on with, until cancelled."""
        await Leftovers(home, self._cases).run()

    async def gone(self, run_id: str, pid: int | None) -> None:  # noqa: ARG002 - the shape of the hook
        """A run's process has ended: its issue may be taken up at once. Told once; the lease does it otherwise."""
        try:
            await self._post(f"{_NODES}/{self._card.id}/gone", {"run_id": run_id})
        except ClusterError as error:
            _log.warning("end of a run not told run=%s reason=%s", run_id, error)

    async def leave(self) -> None:
        """Say goodbye, if anybody listens."""
        try:
            await self._client.delete(f"{_NODES}/{self._card.id}", params={"start": self._card.start}, timeout=3)
        except httpx.HTTPError as error:
            _log.info("goodbye not heard: %s", type(error).__name__)
        await self._client.aclose()

    async def _join(self) -> Joined:
        host = urlsplit(self._address.url).hostname or ""
        told = await self._post(f"{_NODES}?host={host}", self._card.model_dump(mode="json"))
        try:
            return Joined.model_validate(told)
        except ValidationError as error:
            raise ConfigurationError(
                f"Node registration failed: what answers at {self._address.url} is no coordinator",
                "check --coordinator-host and --coordinator-port",
            ) from error

    async def _post(self, path: str, body: dict[str, object], seconds: float = _ANSWER_S) -> dict[str, object]:
        asked = time.time()
        try:
            response = await self._client.post(path, json=body, timeout=seconds)
        except httpx.TransportError as error:
            raise _unreached(error, self._address.url) from error
        learn_clock(response, asked)
        if response.status_code >= _SERVER:
            raise Transient(f"the coordinator at {self._address.url} answered {response.status_code}")
        if response.status_code == _UNAUTHORIZED:
            raise AuthenticationFailed(
                "Node registration failed: the coordinator refuses the token",
                "set CLAUDE_CLUSTER_API_TOKEN to the one that it showed at its first start",
            )
        told: dict[str, object] = _object(response)
        if response.is_error:
            reason, _, remedy = str(told.get("detail", response.status_code)).partition(" - ")
            raise ConfigurationError(reason, remedy)
        self._heard = time.monotonic()
        return told

    async def _send_outcomes(self) -> None:
        for file in self._outbox.waiting():
            try:
                await self._cases.write(file)
            except Transient:
                raise
            except ClusterError as error:  # another run has ended it meanwhile
                _log.warning("outcome not taken task=%s reason=%s", file.case.id, error)
                self._outbox.drop(file.case.id)


def card_release() -> str:
    """The installed version, which must be the coordinator's."""
    return version("claude-cluster")


def _object(response: httpx.Response) -> dict[str, object]:
    try:
        told = response.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _unreached(error: httpx.TransportError, url: str) -> ClusterError:
    if about_tls := refused(error, url):
        return ConfigurationError(f"Node registration failed: {about_tls.reason}", about_tls.remedy)
    words = str(error) or type(error).__name__
    return Transient(f"the coordinator at {url} does not answer ({words})", "check its address, port and firewall")
