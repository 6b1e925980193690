"""A conversation with GitHub in one event loop: sends, follows, waits, and reads answers into our models."""

import json
from collections.abc import Mapping
from typing import TypeVar

import httpx
from githubkit import GitHub
from githubkit.auth import BaseAuthStrategy
from githubkit.exception import GitHubException

from adapters.github.access import Token
from adapters.github.failures import refusal, translate
from adapters.github.pace import Pace
from adapters.github.payloads import GraphAnswer, Payload
from domain.errors import ClusterError, Rejected
from domain.secrecy import hidden_in

M = TypeVar("M", bound=Payload)

_API_VERSION = "2022-11-28"
_PAGE = 100
_HOPS = 5
_MOVED = {301, 302, 307, 308}


class Session:
    """Paths are relative to the API's address; `subject` names in messages what a call is about.

    Every call raises the `ForgeError`s, `Transient`s and `ConfigurationError`s that `failures.translate` gives.
    """

    def __init__(self, github: GitHub[BaseAuthStrategy], pace: Pace, token: Token) -> None:
        self.token = token
        self._github = github
        self._pace = pace

    async def get(self, path: str, model: type[M], subject: str, params: Mapping[str, str | int] | None = None) -> M:
        """Read one thing."""
        return _read(await self._send("GET", path, subject, params=params), model, subject)

    async def pages(
        self, path: str, model: type[M], subject: str, cap: int, params: Mapping[str, str | int] | None = None
    ) -> tuple[M, ...]:
        """Read a list, at most `cap` items of it."""
        found: list[M] = []
        for page in range(1, cap + 1):
            query = {**(params or {}), "per_page": _PAGE, "page": page}
            response = await self._send("GET", path, subject, params=query)
            items = _read_all(response, model, subject)
            new = [item for item in items if item not in found]
            found.extend(new)
            if len(found) >= cap or not new or not _has_next(response, len(items)):
                break
        return tuple(found[:cap])

    async def write(self, method: str, path: str, model: type[M], subject: str, body: Mapping[str, object]) -> M:
        """Create or change one thing, once."""
        return _read(await self._send(method, path, subject, body=body), model, subject)

    async def tell(self, method: str, path: str, subject: str, body: Mapping[str, object]) -> None:
        """Create or change something whose answer does not matter."""
        await self._send(method, path, subject, body=body)

    async def graphql(self, query: str, variables: Mapping[str, object], subject: str) -> GraphAnswer:
        """Run a mutation; errors that GraphQL reports with a success raise `Rejected`."""
        url = graphql_url(self._github.config.base_url)
        answer = await self.write("POST", url, GraphAnswer, subject, {"query": query, "variables": dict(variables)})
        if answer.errors or answer.data is None:
            raise Rejected(f"GitHub rejected the GraphQL request about {subject}")
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        subject: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        attempt, waited_s, write = 1, 0.0, method != "GET"
        body = hidden_in(dict(body)) if body is not None else None
        while True:
            await self._pace.before_call(write=write)
            try:
                response = await self._follow(method, path, subject, params, body)
            except (ClusterError, GitHubException, httpx.InvalidURL, ValueError) as error:
                failure = translate(error, subject)
                await self._pace.failed(failure)
                wait_s = self._pace.again_in_s(failure, attempt=attempt, waited_s=waited_s, write=write)
                if wait_s is None:
                    raise failure from error
            else:
                self._pace.succeeded()
                return response
            await self._pace.sleep(wait_s)
            attempt, waited_s = attempt + 1, waited_s + wait_s

    async def _follow(
        self,
        method: str,
        path: str,
        subject: str,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, object] | None,
    ) -> httpx.Response:
        # httpx turns a POST into a GET on 301 (browsers do), so redirects of renamed repositories are followed here
        url: httpx.URL | str = path
        for _ in range(_HOPS):
            answer = await self._github.arequest(
                method, url, params=params, json=body, headers={"X-GitHub-Api-Version": _API_VERSION}
            )
            response = answer.raw_response
            if response.status_code not in _MOVED:
                return _succeeded(response, subject)
            url = _target(response, subject)
            params = None if url.query else params
        raise Rejected(f"GitHub redirects the request about {subject} in a circle")


def graphql_url(api: httpx.URL) -> str:
    """Where GraphQL is: beside the REST API's address on Enterprise (`/api/v3`), below it everywhere else."""
    path = api.path.rstrip("/")
    beside = path.removesuffix("/v3") if path.endswith("/api/v3") else path
    return str(api.copy_with(path=f"{beside}/graphql"))


def _read(response: httpx.Response, model: type[M], subject: str) -> M:
    try:
        return model.model_validate_json(response.content)
    except ValueError as error:
        raise translate(error, subject) from error


def _read_all(response: httpx.Response, model: type[M], subject: str) -> list[M]:
    try:
        items = json.loads(response.content)
        return [model.model_validate(item) for item in (items if isinstance(items, list) else [items])]
    except ValueError as error:
        raise translate(error, subject) from error


def _has_next(response: httpx.Response, items: int) -> bool:
    # a server may give smaller pages than asked for and then sends links; without links only a full page goes on
    return "next" in response.links if response.links else items >= _PAGE


def _succeeded(response: httpx.Response, subject: str) -> httpx.Response:
    if not response.is_success:
        raise refusal(response, subject)
    return response


def _target(response: httpx.Response, subject: str) -> httpx.URL:
    old, new = response.url, response.url.join(response.headers.get("location", ""))
    same = (old.scheme, old.host, old.port) == (new.scheme, new.host, new.port)
    safer = (old.scheme, new.scheme, old.host) == ("http", "https", new.host)
    if not (same or safer):
        raise Rejected(f"GitHub redirects the request about {subject} to another server", "check GITHUB_API_URL")
    return new
