"""Between HTTP and the handlers: tokens, JSON, pages, ETags, rate-limit headers."""

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from demo.forge.accounts import Grant
from demo.forge.api.answer import Answer, Moved, Refusal
from demo.forge.api.call import Call
from demo.forge.store import Store

Handler = Callable[[Call], Answer]
_LIMIT = 5000
_PAGE = 30
_LARGEST_PAGE = 100


class Meter:
    """The hourly request count that the rate-limit headers tell of; it never refuses anybody."""

    def __init__(self) -> None:
        self._started = int(time.time())
        self._used = itertools.count(1)
        self.used = 0

    def headers(self, *, spend: bool = True) -> dict[str, str]:
        """The headers of one answer; a 304 is free."""
        if spend:
            self.used = next(self._used)
        return {f"x-ratelimit-{name}": str(value) for name, value in self.figures().items()}

    def figures(self) -> dict[str, Any]:
        """The same figures as `/rate_limit` gives them."""
        used = self.used % _LIMIT
        reset = self._started + 3600 * (1 + (int(time.time()) - self._started) // 3600)
        return {"limit": _LIMIT, "remaining": _LIMIT - used, "reset": reset, "used": used, "resource": "core"}


class Endpoints:
    """Turns handlers into endpoints that share the store and the meter."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.meter = Meter()
        self._request_ids = itertools.count(1)

    def of(self, handler: Handler) -> Callable[[Request], Any]:
        """The Starlette endpoint of a handler; the handler runs in a thread, under the store's lock."""

        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            answer = await run_in_threadpool(self._run, handler, request, raw)
            return self._respond(request, answer)

        return endpoint

    def _run(self, handler: Handler, request: Request, raw: bytes) -> Answer:
        try:
            call = Call(self._store, self._grant(request), request.path_params, request.query_params, _parse(raw))
            with self._store.lock:
                return handler(call)
        except Refusal as refusal:
            return refusal.answer()
        except Moved as moved:
            rest = request.url.path.split("/", 6)[6:]
            path = "/".join(["repositories", str(moved.repository_id), *rest])
            query = f"?{request.url.query}" if request.url.query else ""
            return moved.answer(f"{self._store.url}/api/v3/{path}{query}")

    def _grant(self, request: Request) -> Grant:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._store.accounts.grants.get(token.strip()) if kind.lower() in {"bearer", "token"} else None
        if grant is None:
            raise Refusal(401, "Bad credentials")
        return grant

    def _respond(self, request: Request, answer: Answer) -> Response:
        headers = dict(answer.headers)
        body = answer.body
        if isinstance(body, list):
            body, links = _page(body, request)
            headers |= links
        elif isinstance(body, dict) and isinstance(body.get("items"), list):
            items, links = _page(body["items"], request)
            body, headers = body | {"items": items}, headers | links
        content = json.dumps(body, ensure_ascii=False).encode()
        etag = f'W/"{hashlib.sha256(content).hexdigest()}"'
        cacheable = request.method == "GET" and answer.status == HTTPStatus.OK
        fresh = cacheable and request.headers.get("if-none-match") == etag
        headers |= self.meter.headers(spend=not fresh) | self._always()
        if cacheable:
            headers |= {"etag": etag, "cache-control": "private, max-age=60, s-maxage=60"}
        if fresh or answer.status == HTTPStatus.NO_CONTENT:
            return Response(status_code=HTTPStatus.NOT_MODIFIED if fresh else HTTPStatus.NO_CONTENT, headers=headers)
        return Response(content, answer.status, headers, media_type="application/json; charset=utf-8")

    def _always(self) -> dict[str, str]:
        return {
            "x-github-media-type": "github.v3; format=json",
            "x-github-api-version-selected": "2022-11-28",
            "x-github-request-id": f"REHEARSAL:{next(self._request_ids):06X}",
        }


def _parse(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Refusal(400, "Problems parsing JSON") from error


def _page(items: list[Any], request: Request) -> tuple[list[Any], dict[str, str]]:
    size = min(max(_number(request.query_params, "per_page", _PAGE), 1), _LARGEST_PAGE)
    page = max(_number(request.query_params, "page", 1), 1)
    last = max((len(items) + size - 1) // size, 1)
    wanted = {"first": 1, "prev": page - 1} if page > 1 else {}
    wanted |= {"next": page + 1, "last": last} if page < last else {}
    links = [f'<{_with_page(request, target)}>; rel="{rel}"' for rel, target in wanted.items()]
    return items[(page - 1) * size : page * size], {"link": ", ".join(links)} if links else {}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isdecimal() else default


def _with_page(request: Request, page: int) -> str:
    query = {**request.query_params, "page": str(page)}
    return f"{request.url.replace(query='')}?{urlencode(query)}".replace("??", "?")
