"""A GitHub that answers what a test wrote down, and fails on anything else."""

import json
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import SecretStr

from adapters.github.client import GitHubClient
from adapters.github.pace import Pace
from domain.settings import Settings

TOKEN = "ghp_" + "s" * 36


@dataclass(frozen=True)
class Call:
    """A request as the forge saw it; `body` is the JSON, None without one."""

    method: str
    path: str
    query: dict[str, str]
    body: object
    headers: Mapping[str, str]


@dataclass
class Forge:
    """Answers are given once each, in the order they were written down for a method and path."""

    calls: list[Call] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    _answers: dict[str, deque[httpx.Response | Exception]] = field(default_factory=lambda: defaultdict(deque))

    def answers(
        self,
        request: str,
        content: object = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer `"GET /path"` once: JSON, raw bytes, or an exception of the network."""
        if isinstance(content, Exception):
            self._answers[request].append(content)
        elif isinstance(content, bytes):
            self._answers[request].append(httpx.Response(status, content=content, headers=headers))
        else:
            self._answers[request].append(httpx.Response(status, json=content, headers=headers))

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The transport."""
        path = request.url.raw_path.decode().partition("?")[0]
        body = json.loads(request.content) if request.content else None
        self.calls.append(Call(request.method, path, dict(request.url.params), body, request.headers))
        waiting = self._answers[f"{request.method} {path}"]
        if not waiting:
            self.unexpected.append(f"{request.method} {path}")
            raise AssertionError(f"unexpected request: {request.method} {path}")
        answer = waiting.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        """Waiting takes no time and is written down."""
        self.slept.append(seconds)

    @property
    def requests(self) -> list[str]:
        """Methods and paths in their order."""
        return [f"{call.method} {call.path}" for call in self.calls]

    def client(self, **settings: object) -> GitHubClient:
        """A client whose network is this forge, and whose pauses between writes are none."""
        known = {"github_token": SecretStr(TOKEN), **settings}
        pace = Pace(sleep=self.sleep, between_writes_s=0)
        return GitHubClient(Settings(**known), transport=httpx.MockTransport(self.handle), pace=pace)

    def check(self) -> None:
        """Nothing was asked that was not written down, and nothing written down was not asked."""
        left = [request for request, waiting in self._answers.items() if waiting]
        assert (self.unexpected, left) == ([], [])


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge that knows nothing yet."""
    forge = Forge()
    yield forge
    forge.check()
