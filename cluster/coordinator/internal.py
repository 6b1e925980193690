"""The ledger for nodes: calls of ports over HTTP, each carried out once however often it is sent."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.cases_http.wire import CALL, CLOCK, HOLDER, PATH, RELEASE, Told, shape
from domain.errors import ClusterError, Transient

_REMEMBERED, _SMALL = 4_000, 100_000
_LARGEST = 128_000_000
_BAD, _LARGE, _UPGRADE, _REFUSED, _AWAY = 400, 413, 426, 409, 503
_log = logging.getLogger(__name__)
# A port's methods, for a caller that names itself.
Ports = Mapping[str, Callable[[str], Any]]


class Internal:
    """`ports` gives for a port's name the object that a caller's calls go to."""

    def __init__(self, ports: Ports, now: Callable[[], float] = time.time) -> None:
        self._ports, self._now = ports, now
        self._release = version("claude-cluster")
        self._answers: OrderedDict[str, asyncio.Future[Response]] = OrderedDict()

    def route(self) -> Route:
        """`POST /api/internal/<version>/<Port.method>`."""
        return Route("/api/internal/{version}/{address}", self.answer, methods=["POST"])

    async def answer(self, request: Request) -> Response:
        """One call; the same number again gets the answer of the first time, also while that is under way."""
        if refusal := self._refused(request):
            return refusal
        body = await request.body()
        if len(body) > _LARGEST:
            return _told(ClusterError("the call is too large"), _LARGE)
        number = request.headers.get(CALL)
        if number is None:
            return self._stamped(await self._carried_out(request, body))
        if number not in self._answers:
            self._answers[number] = asyncio.ensure_future(self._carried_out(request, body))
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        answer = await asyncio.shield(self._answers[number])
        # What was not carried out may come again; what is large was only read.
        if answer.status_code == _AWAY or len(answer.body) > _SMALL:
            self._answers.pop(number, None)
        return self._stamped(answer)

    def _stamped(self, answer: Response) -> Response:
        """With what time it is here: clocks of nodes may be hours off."""
        answer.headers[CLOCK] = str(self._now())
        return answer

    def _refused(self, request: Request) -> Response | None:
        theirs = request.headers.get(RELEASE, "unknown")
        if f"/api/internal/{request.path_params['version']}" == PATH and theirs == self._release:
            return None
        words = f"the coordinator is version {self._release}, this node is version {theirs}"
        return _told(ClusterError(words, "install the same version on both"), _UPGRADE)

    async def _carried_out(self, request: Request, body: bytes) -> Response:
        address = request.path_params["address"]
        form = shape(address)
        name, _, method = address.partition(".")
        if form is None or name not in self._ports:
            return _told(ClusterError(f"no call is named {address}"), _BAD)
        try:
            arguments = form.unpacked(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            return _told(ClusterError(f"{address}: {'.'.join(map(str, first['loc']))}: {first['msg']}"), _BAD)
        try:
            port = self._ports[name](request.headers.get(HOLDER, ""))
            value = await getattr(port, method)(**arguments)
        except ClusterError as error:
            away = type(error) is Transient
            return _told(error, _AWAY if away else _REFUSED)
        return Response(form.answer(value), media_type="application/json")


def _told(error: ClusterError, status: int) -> Response:
    return Response(Told.of(error).model_dump_json(), status_code=status, media_type="application/json")
