"""The line to the coordinator: calls of ports, made again until they are through."""

import asyncio
import logging
import ssl
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx
from pydantic import SecretStr, ValidationError

from adapters.cases_http.wire import CALL, CLOCK, HOLDER, PATH, RELEASE, Told, shape
from domain import clock
from domain.errors import AuthenticationFailed, ClusterError, ConfigurationError, Transient

P = ParamSpec("P")
T = TypeVar("T")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 10.0
_TIMEOUT = httpx.Timeout(60, connect=5)
_AWAY = {502, 503, 504}
_UPGRADE, _UNAUTHORIZED, _TROUBLE = 426, 401, 400
_log = logging.getLogger(__name__)


class Address:
    """Where the coordinator is and what it asks for: `url` without a path, the token, the certificate to trust."""

    def __init__(self, url: str, token: SecretStr | None, ca_file: Path | None = None) -> None:
        self.url, self.token, self.ca_file = url.rstrip("/"), token, ca_file

    def client(self) -> httpx.AsyncClient:
        """A connection of its own. Raises `ConfigurationError` for a certificate file that can't be read."""
        headers = {"Authorization": f"Bearer {self.token.get_secret_value()}"} if self.token else {}
        # The system's certificates take some 20 ms to read.
        verify = trusted(self.ca_file) if self.url.startswith("https:") else False
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=_TIMEOUT, verify=verify)


def trusted(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What a TLS connection must show: a certificate of this authority, or of one the system trusts."""
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        raise ConfigurationError(f"the CA file {ca_file} can't be read: {error}", "give a PEM file") from error


class Line:
    """Calls of one process. The same call is sent again with the same number: the coordinator carries it out once.

    `patience_s` is for how long a coordinator that is away is waited for; the error after it is `Transient`.
    """

    def __init__(self, address: Address, holder: str, release: str, patience_s: float = 3600) -> None:
        self._address = address
        self._headers = {HOLDER: holder, RELEASE: release, "Content-Type": "application/json"}
        self._patience_s = patience_s
        self._clients: dict[int, tuple[asyncio.AbstractEventLoop, httpx.AsyncClient]] = {}

    async def call(
        self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """A port's method, carried out by the coordinator: gives what it gives, raises what it raises there."""
        return await self.within(self._patience_s, method, *arguments, **named)

    async def within(
        self,
        seconds: float,
        method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        """The same with a patience of its own."""
        form = shape(method.__qualname__)
        if form is None:
            raise TypeError(f"{method.__qualname__} does not go over the wire")
        answer = await self._sent(f"{PATH}/{method.__qualname__}", form.packed(*arguments, **named), seconds)
        value: T = form.value(answer)
        return value

    async def _sent(self, path: str, body: bytes, seconds: float) -> bytes:
        headers = {**self._headers, CALL: uuid.uuid4().hex}
        deadline, wait = time.monotonic() + seconds, _FIRST_WAIT_S
        while True:
            try:
                asked = time.time()
                response = await self._client().post(path, content=body, headers=headers)
                learn_clock(response, asked)
                return _read(response, self._address.url)
            except (httpx.TransportError, _Away) as error:
                if time.monotonic() + wait > deadline:
                    raise Transient(f"the coordinator at {self._address.url} does not answer") from error
                _log.warning("coordinator away url=%s error=%s", self._address.url, type(error).__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)

    def _client(self) -> httpx.AsyncClient:
        """The connections of the running event loop: they can't be shared with another."""
        loop = asyncio.get_running_loop()
        known = self._clients.get(id(loop))
        if known is None or known[0] is not loop:
            self._clients = {number: one for number, one in self._clients.items() if not one[0].is_closed()}
            known = self._clients[id(loop)] = (loop, self._address.client())
        return known[1]


def learn_clock(response: httpx.Response, asked: float) -> None:
    """What the coordinator's time is; answers of whoever stands in between do not tell."""
    with suppress(ValueError):
        clock.learn(float(response.headers.get(CLOCK, "")), asked)


class _Away(Exception):
    """Somebody in between says that the coordinator is not there."""


def _read(response: httpx.Response, url: str) -> bytes:
    if response.status_code < _TROUBLE:
        return response.content
    if response.status_code in _AWAY:
        raise _Away
    raise refusal(response, url)


def refusal(response: httpx.Response, url: str) -> ClusterError:
    """The error that an answer stands for."""
    if response.status_code == _UNAUTHORIZED:
        return AuthenticationFailed(
            f"the coordinator at {url} refuses the token",
            "set CLAUDE_CLUSTER_API_TOKEN to the one it showed at its start",
        )
    try:
        told = Told.model_validate_json(response.content)
    except ValidationError:
        return ClusterError(
            f"the coordinator at {url} answered {response.status_code}", "look at its log, and at the address"
        )
    if response.status_code == _UPGRADE:
        return ConfigurationError(told.reason, told.remedy)
    return told.raised()
