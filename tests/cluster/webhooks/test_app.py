"""The receiver over real HTTP: what is taken, what is refused, and that nothing is stored twice."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pydantic import SecretStr

from adapters.cases.deliveries import SqlDeliveries
from cluster.webhooks.app import webhook_app
from domain.delivery import Actor
from domain.errors import DiskFull, Transient

_QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
_UNSIGNED = (401, "refused", "the header X-Hub-Signature-256 is missing or malformed")
_FOREIGN = (401, "refused", "the signature is not made with this webhook's secret")
_NO_JSON = (400, "refused", "the body is no JSON object: set the content type to application/json")


async def test_a_label_is_stored_with_the_text_of_that_moment(receiver: Any, payloads: Any) -> None:
    """202, and everything that the work needs is in the ledger, hidden characters taken out."""
    body = payloads.labeled("claude:backend", issue=payloads.issue(body="Do it.\u202e\x00\r\nNow."))
    assert receiver.told(body, X_GitHub_Delivery="d-1") == (202, "accepted", "issues.labeled of #7")
    (pending,) = await receiver.stored()
    found = pending.delivery
    assert (found.id, found.repo, found.repository_id, found.number) == ("d-1", "acme/shop", 11, 7)
    assert (found.title, found.body, found.labels, found.label) == (
        "Total is 0", "Do it.\nNow.", ("claude",), "claude:backend",
    )  # fmt: skip
    assert (found.actor, found.author) == (Actor(login="ann"), "customer")
    assert payloads.stamp(found.moment) == body["issue"]["updated_at"]
    assert len(receiver.arrivals) == 1


async def test_a_delivery_that_comes_again_is_a_duplicate(receiver: Any, payloads: Any) -> None:
    """200 by its id, whatever is in it then, and by its signed bytes under another id: a replay does nothing."""
    body = payloads.labeled()
    assert receiver.told(body, X_GitHub_Delivery="d-1")[:2] == (202, "accepted")
    duplicate = (200, "duplicate", "it was delivered before")
    assert receiver.told(body, X_GitHub_Delivery="d-1") == duplicate
    assert receiver.told(payloads.labeled("claude:docs"), X_GitHub_Delivery="d-1") == duplicate
    assert receiver.told(body, X_GitHub_Delivery="d-2") == duplicate
    assert [one.delivery.id for one in await receiver.stored()] == ["d-1"]
    assert len(receiver.arrivals) == 1


async def test_ping_and_health(receiver: Any) -> None:
    """What an administrator looks at first."""
    assert receiver.told({"zen": "Speak like a human."}, "ping") == (200, "pong", "the webhook works")
    health = receiver.client.get("/health")
    assert (health.status_code, health.json()) == (200, {"status": "ok", "webhooks": "enabled"})
    assert await receiver.stored() == ()


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("star", {}, "the event star is not used"),
        ("issues", {"action": "opened"}, "the action 'opened' of issues is not used"),
        ("issues", {"action": "edited"}, "the action 'edited' of issues is not used"),
        ("issue_comment", {"action": "edited"}, "the action 'edited' of issue_comment is not used"),
        ("issue_comment", {"action": "deleted"}, "the action 'deleted' of issue_comment is not used"),
        ("issues", {"label": {"name": "bug"}}, "the label 'bug' asks for nothing"),
        ("issues", {"label": {"name": "claude2"}}, "the label 'claude2' asks for nothing"),
        ("issues", {"label": None}, "the label '' asks for nothing"),
        ("issues", {"sender": {"login": "dependabot[bot]", "type": "Bot"}}, "dependabot[bot] is a bot"),
        ("issues", {"sender": {"login": "x", "type": "Bot"}}, "x is a bot"),
        ("issues", {"sender": None}, "the event issues names no repository, issue or actor"),
        ("issues", {"repository": None}, "the event issues names no repository, issue or actor"),
        ("issues", {"issue": None}, "the event issues names no repository, issue or actor"),
        ("issues", {"issue": 5}, "the event issues can't be read: issue"),
        ("issues", {"issue": {"number": "seven"}}, "the event issues can't be read: issue.number"),
        ("issues", {"action": ["labeled"]}, "the event issues can't be read: action"),
    ],
)
async def test_what_asks_for_nothing_is_ignored_with_the_reason(
    receiver: Any, payloads: Any, kind: str, change: dict[str, Any], reason: str
) -> None:
    """202, and nothing is kept: unknown events, actions, labels and shapes, bots, edited comments."""
    assert receiver.told({**payloads.labeled(), **change}, kind) == (202, "ignored", reason)
    assert await receiver.stored() == ()


async def test_a_listed_bot_is_heard(receiver: Any, payloads: Any) -> None:
    """CLAUDE_CLUSTER_ALLOWED_LOGINS names people and bots."""
    sender = {"login": "trusted[bot]", "type": "Bot"}
    assert receiver.told(payloads.labeled(sender=sender))[:2] == (202, "accepted")


@pytest.mark.parametrize(
    ("signature", "answer"),
    [
        (None, _UNSIGNED),
        ("", _UNSIGNED),
        ("sha256=", _UNSIGNED),
        ("sha1=" + "a" * 40, _UNSIGNED),
        ("sha256=" + "A" * 64, _UNSIGNED),
        ("sha256=" + "é" * 64, _UNSIGNED),
        ("sha256=" + "a" * 64, _FOREIGN),
    ],
)
async def test_the_unsigned_are_refused(
    receiver: Any, payloads: Any, signature: str | None, answer: tuple[int, str, str]
) -> None:
    """401, and nothing is stored."""
    headers = [("X-GitHub-Event", b"issues"), ("X-GitHub-Delivery", b"d-1")]
    if signature is not None:
        headers.append(("X-Hub-Signature-256", signature.encode("latin-1")))
    said = receiver.client.post("/webhook", json=payloads.labeled(), headers=headers)
    assert (said.status_code, *said.json().values()) == answer
    assert await receiver.stored() == ()


async def test_a_signature_of_other_bytes_is_refused(receiver: Any, payloads: Any) -> None:
    """One byte more, and one made with another secret."""
    raw = json.dumps(payloads.labeled()).encode()
    right = hmac.new(payloads.secret.encode(), raw, hashlib.sha256).hexdigest()
    other = hmac.new(b"another", raw, hashlib.sha256).hexdigest()
    assert receiver.told(raw + b" ", X_Hub_Signature_256=f"sha256={right}") == _FOREIGN
    assert receiver.told(raw, X_Hub_Signature_256=f"sha256={other}") == _FOREIGN
    assert receiver.told(raw, X_Hub_Signature_256=f"sha256={right}")[:2] == (202, "accepted")


@_QUIET
@given(body=some.binary(max_size=200), signature=some.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_no_guessed_signature_is_taken(receiver: Any, body: bytes, signature: str) -> None:
    """Whatever is sent."""
    assert receiver.told(body, X_Hub_Signature_256=f"sha256={signature}") == _FOREIGN


@_QUIET
@given(body=some.one_of(some.binary(max_size=300), some.text(max_size=300).map(lambda text: text.encode())))
def test_garbage_is_refused_whatever_it_is(receiver: Any, body: bytes) -> None:
    """Signed or not, what is no JSON object is 400; nothing is ever a 500."""
    try:
        is_object = isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        is_object = False
    assert receiver.told(body) == _NO_JSON or is_object


_JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KEYS = ("action", "sender", "repository", "issue", "comment", "label", "pull_request", "review")
_EVENTS = ("issues", "issue_comment", "pull_request", "pull_request_review", "ping", "push")


@_QUIET
@given(parts=some.dictionaries(some.sampled_from(_KEYS), _JSON, max_size=8), kind=some.sampled_from(_EVENTS))
def test_any_object_gets_an_answer_with_a_reason(
    receiver: Any, payloads: Any, parts: dict[str, Any], kind: str
) -> None:
    """An event of a shape that GitHub never sends is ignored, or stored if it can be read all the same."""
    answer = receiver.told({**payloads.labeled(), **parts}, kind)
    assert (answer[0], answer[1]) in {(202, "ignored"), (202, "accepted"), (200, "pong"), (200, "duplicate")}
    assert answer[2]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b"null",
        b"{",
        b"payload=%7B%7D",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 9_999,
    ],
)
async def test_what_is_no_json_object_is_refused(receiver: Any, body: bytes) -> None:
    """400, also nested deeper than any parser goes, and forms, which GitHub sends unless told otherwise."""
    assert receiver.told(body) == _NO_JSON


@pytest.mark.parametrize(
    "headers",
    [
        {"X_GitHub_Event": None},
        {"X_GitHub_Delivery": None},
        {"X_GitHub_Delivery": "x" * 101},
        {"X_GitHub_Delivery": "a b"},
        {"X_GitHub_Event": "../issues"},
    ],
)
async def test_headers_that_are_missing_or_malformed(receiver: Any, payloads: Any, headers: Any) -> None:
    """400 with their names."""
    assert receiver.told(payloads.labeled(), **headers) == (
        400, "refused", "the header X-GitHub-Delivery or X-GitHub-Event is missing or malformed",
    )  # fmt: skip


async def test_a_large_payload_below_the_cap_is_read(receiver: Any, payloads: Any) -> None:
    """Twenty megabytes of comment are signed and so are taken; what is kept of them is the ledger's matter."""
    body = payloads.labeled(installation={"padding": "x" * 20_000_000})
    assert receiver.told(body)[:2] == (202, "accepted")


def test_without_a_secret_webhooks_are_disabled(
    deliveries: SqlDeliveries, served: Callable[[Any], str], payloads: Any
) -> None:
    """503 for every delivery, and /health says so."""
    for secret in (None, SecretStr("")):
        url = served(webhook_app(secret, deliveries, payloads.house, lambda: None))
        assert httpx.get(f"{url}/health").json() == {"status": "ok", "webhooks": "disabled"}
        said = httpx.post(f"{url}/webhook", json=payloads.labeled())
        assert (said.status_code, said.json()) == (
            503, {"status": "refused", "reason": "webhooks are disabled: GITHUB_WEBHOOK_SECRET is not set"},
        )  # fmt: skip


def test_other_paths_and_methods(receiver: Any) -> None:
    """There is nothing else on this port."""
    assert receiver.client.get("/webhook").status_code == 405
    assert receiver.client.get("/").status_code == 404
    assert receiver.client.post("/health").status_code == 405


class Broken:
    """A ledger that fails, and then works."""

    def __init__(self, inner: SqlDeliveries, *errors: Exception) -> None:
        self.inner, self.errors = inner, list(errors)

    async def receive(self, batch: Any) -> Any:
        """Fail as long as there are errors."""
        if self.errors:
            raise self.errors.pop(0)
        return await self.inner.receive(batch)


def test_a_ledger_that_is_away_is_told_to_the_sender(
    deliveries: SqlDeliveries, served: Callable[[Any], str], payloads: Any
) -> None:
    """503, so that the forge shows the delivery as failed; sent again it is taken, and its words stay in the log."""
    broken: Any = Broken(deliveries, Transient("the ledger at postgresql://secret is away"), DiskFull("full"))
    url = served(webhook_app(SecretStr(payloads.secret), broken, payloads.house, lambda: None))
    raw = json.dumps(payloads.labeled()).encode()
    headers = {
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": "d-1",
        "X-Hub-Signature-256": f"sha256={hmac.new(payloads.secret.encode(), raw, hashlib.sha256).hexdigest()}",
    }
    said = [httpx.post(f"{url}/webhook", content=raw, headers=headers) for _ in range(4)]
    assert [one.status_code for one in said] == [503, 503, 202, 200]
    assert said[0].json() == {"status": "unavailable", "reason": "it could not be stored: Transient"}


async def test_a_burst_with_duplicates_is_stored_once(receiver: Any, payloads: Any) -> None:
    """Three hundred deliveries over sixteen connections, a third of them duplicates: two hundred rows."""
    bodies = [payloads.labeled(issue=payloads.issue(number=number + 1)) for number in range(200)]
    sends = [(number % 200, bodies[number % 200]) for number in range(300)]

    def send(pair: tuple[int, Any]) -> str:
        answer: str = receiver.told(pair[1], X_GitHub_Delivery=f"d-{pair[0]}")[1]
        return answer

    with ThreadPoolExecutor(16) as pool:
        answers = await asyncio.to_thread(lambda: list(pool.map(send, sends)))
    assert (answers.count("accepted"), answers.count("duplicate")) == (200, 100)
    stored = await receiver.stored()
    assert {one.delivery.id for one in stored} == {f"d-{number}" for number in range(200)}
    assert len(stored) == 200
