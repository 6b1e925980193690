"""A thousand webhook deliveries in ten seconds, a third of them duplicates, on the coordinator's own PostgreSQL."""

import asyncio
import hashlib
import hmac
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from figure import Figure, below
from pydantic import SecretStr

from adapters.cases.database import Database
from adapters.cases.deliveries import SqlDeliveries
from cluster.coordinator.postgres import LEDGER, Postgres
from cluster.webhooks.app import webhook_app
from cluster.webhooks.house import House
from demo.wire.server import Server

_SECRET = "a secret of the benchmark"  # noqa: S105 - of nothing else
_EVENTS, _SECONDS = 1_000, 10.0
_DIFFERENT = _EVENTS * 2 // 3
_BODY = 10_000  # bytes: GitHub's own payloads have about as many
_GOAL_S = 1.0


@dataclass
class Answers:
    """Seconds each request took, and how often each status came."""

    seconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def share(self, percent: int) -> float:
        """So many of a hundred took at most this long."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1]


def measure() -> list[Figure]:
    """Seconds until the answer; and how many of the different deliveries were not stored exactly once."""
    return asyncio.run(_measured())


async def _measured() -> list[Figure]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        postgres = await Postgres.start(Path(folder))
        server = Server()
        try:
            url = postgres.url(LEDGER)
            await SqlDeliveries(Database(Path(folder), url)).pending(1)
            receiving = SqlDeliveries(Database(Path(folder), url))
            server.start(webhook_app(SecretStr(_SECRET), receiving, House(), lambda: None))
            answers = await _sent(server.url)
            stored = len(await SqlDeliveries(Database(Path(folder), url)).pending(_EVENTS * 2))
        finally:
            server.stop()
            await postgres.stop()
    wrong = abs(stored - _DIFFERENT - 1) + abs(answers.statuses.count(HTTPStatus.ACCEPTED) - _DIFFERENT)
    return [
        Figure("answer to a delivery, median", statistics.median(answers.seconds), "s"),
        below("answer to a delivery, 99 of 100", answers.share(99), "s", _GOAL_S),
        below("deliveries lost or stored twice", wrong, "", 0),
    ]


async def _sent(url: str) -> Answers:
    """Send them evenly over the time, whether the earlier ones were answered or not.

    Each has a connection of its own, and everything is made before: a client library takes longer than the receiver.
    """
    host, port = url.removeprefix("http://").split(":")
    requests = [_request(number, host) for number in range(_DIFFERENT + 1)]
    answers = Answers()
    await _one(host, int(port), requests[_DIFFERENT], Answers())  # the first opens the database
    began = time.perf_counter()
    sending = []
    for number in range(_EVENTS):
        await asyncio.sleep(max(0.0, began + number * _SECONDS / _EVENTS - time.perf_counter()))
        sending.append(asyncio.create_task(_one(host, int(port), requests[number % _DIFFERENT], answers)))
    await asyncio.gather(*sending)
    return answers


async def _one(host: str, port: int, request: bytes, answers: Answers) -> None:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    answer = await reader.read()
    answers.seconds.append(time.perf_counter() - began)
    answers.statuses.append(int(answer.split(b" ", 2)[1]))
    writer.close()


def _request(number: int, host: str) -> bytes:
    issue = {"number": number + 1, "title": "T", "body": "x" * _BODY, "user": {"login": "customer"}, "state": "open"}
    body = {
        "action": "labeled",
        "repository": {"id": 1, "full_name": "acme/shop"},
        "sender": {"login": "ann"},
        "label": {"name": "claude"},
        "issue": issue,
    }
    raw = json.dumps(body).encode()
    headers = {
        "Host": host,
        "Connection": "close",
        "Content-Length": str(len(raw)),
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": f"delivery-{number}",
        "X-Hub-Signature-256": f"sha256={hmac.new(_SECRET.encode(), raw, hashlib.sha256).hexdigest()}",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /webhook HTTP/1.1\r\n{head}\r\n".encode() + raw
