"""The receiver under a real server, and deliveries as GitHub sends them."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.cases.database import Database
from adapters.cases.deliveries import SqlDeliveries
from cluster.webhooks.app import webhook_app
from cluster.webhooks.house import House
from demo.wire.server import Server
from domain.delivery import PendingDelivery

SECRET = "a secret, long enough"
HOUSE = House(specialties=frozenset({"backend", "api", "docs"}), allowed=frozenset({"trusted[bot]"}))


def stamp(moment: datetime) -> str:
    """A time as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def event(action: str, **parts: Any) -> dict[str, Any]:
    """The parts that every event has, and those that are given."""
    repository = {"id": 11, "full_name": "acme/shop", "private": False}
    return {"action": action, "repository": repository, "sender": {"login": "ann", "type": "User"}, **parts}


def issue(**changes: Any) -> dict[str, Any]:
    """An issue in a payload."""
    now = stamp(datetime.now(UTC))
    user = {"login": "customer", "type": "User"}
    fields = {"number": 7, "title": "Total is 0", "body": "It is.", "state": "open", "user": user, "updated_at": now}
    return {**fields, "labels": [{"name": "claude"}], **changes}


def labeled(label: str = "claude", **changes: Any) -> dict[str, Any]:
    """Somebody labelled the issue."""
    return {**event("labeled", issue=issue(), label={"name": label}), **changes}


def commented(body: str, **changes: Any) -> dict[str, Any]:
    """Somebody commented on the issue."""
    said = {"id": 5, "body": body, "created_at": stamp(datetime.now(UTC)), "user": {"login": "ann"}}
    return {**event("created", issue=issue(), comment=said), **changes}


@dataclass
class Receiver:
    """A running receiver, and a sender of signed deliveries."""

    url: str
    client: httpx.Client
    deliveries: SqlDeliveries
    arrivals: list[None] = field(default_factory=list)

    def post(self, payload: Any, kind: str = "issues", **headers: str | None) -> httpx.Response:
        """Send a payload (bytes as they are) signed with the right secret; a header of None is left out."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        known = {
            "Content-Type": "application/json",
            "X-GitHub-Event": kind,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()}",
        }
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in {**known, **given}.items() if value is not None}
        return self.client.post("/webhook", content=raw, headers=kept)

    def told(self, payload: Any, kind: str = "issues", **headers: str | None) -> tuple[int, str, str]:
        """Status, word and reason of the answer."""
        answer = self.post(payload, kind, **headers)
        said = answer.json()
        assert sorted(said) == ["reason", "status"]
        return answer.status_code, said["status"], said["reason"]

    async def stored(self) -> tuple[PendingDelivery, ...]:
        """What waits to be acted on."""
        return await self.deliveries.pending(2_000)


@pytest.fixture
def deliveries(tmp_path: Path) -> SqlDeliveries:
    """A ledger's deliveries."""
    return SqlDeliveries(Database(tmp_path / "state"))


@pytest.fixture
def served() -> Iterator[Callable[[Any], str]]:
    """Serve applications on loopback."""
    running: list[Server] = []

    def serve(app: Any) -> str:
        server = Server()
        running.append(server)
        server.start(app)
        return server.url

    yield serve
    for server in running:
        server.stop()


@pytest.fixture
def receiver(deliveries: SqlDeliveries, served: Callable[[Any], str]) -> Iterator[Receiver]:
    """A receiver with a secret."""
    arrivals: list[None] = []
    url = served(webhook_app(SecretStr(SECRET), deliveries, HOUSE, lambda: arrivals.append(None)))
    with httpx.Client(base_url=url, timeout=30) as client:
        yield Receiver(url, client, deliveries, arrivals)


@pytest.fixture
def payloads() -> Any:
    """Makers of payloads."""
    return Payloads()


class Payloads:
    """What GitHub sends."""

    event = staticmethod(event)
    issue = staticmethod(issue)
    labeled = staticmethod(labeled)
    commented = staticmethod(commented)
    stamp = staticmethod(stamp)
    secret = SECRET
    house = HOUSE
