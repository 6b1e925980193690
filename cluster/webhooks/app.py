"""The receiver on port 8000: a request is verified, read and stored, and nothing else happens in it."""

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cluster.webhooks.body import Bodies, Refused
from cluster.webhooks.house import House
from cluster.webhooks.inbox import Inbox
from cluster.webhooks.orders import order_in
from cluster.webhooks.reading import Dropped, Envelope, NotJson, read
from domain.delivery import Delivery
from domain.errors import ClusterError
from domain.ports import Deliveries

_STORE_S = 5.0
_QUICK = 256 * 1024  # bytes: reading more would keep the other requests waiting
_SIGNATURE = re.compile(rb"sha256=([0-9a-f]{64})")
_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_EVENT = re.compile(r"[a-z_]{1,60}")
_log = logging.getLogger(__name__)


def webhook_app(
    secret: SecretStr | None, deliveries: Deliveries, house: House, arrived: Callable[[], None]
) -> Starlette:
    """`POST /webhook` and `GET /health`; without a secret nothing is received.

    `arrived` is called, on the server's event loop, after something new was stored.
    """
    receiver = Receiver(secret, Inbox(deliveries, arrived), house)
    routes = [
        Route("/webhook", receiver.receive, methods=["POST"]),
        Route("/health", receiver.health, methods=["GET"]),
    ]
    return Starlette(routes=routes)


class Receiver:
    """The endpoints."""

    def __init__(self, secret: SecretStr | None, inbox: Inbox, house: House) -> None:
        given = secret.get_secret_value().encode() if secret else b""
        self._secret = given or None
        self._inbox = inbox
        self._house = house
        self._bodies = Bodies()

    async def health(self, _: Request) -> Response:
        """Always 200: whether webhooks are received stands in the body."""
        return JSONResponse({"status": "ok", "webhooks": "enabled" if self._secret else "disabled"})

    async def receive(self, request: Request) -> Response:
        """One delivery."""
        try:
            return await self._received(request)
        except Refused as refused:
            return _answer(refused.status, "refused", refused.reason)
        except ClientDisconnect:
            return Response(status_code=400)
        except ClusterError as error:
            _log.exception("a delivery could not be stored")
            return _answer(503, "unavailable", f"it could not be stored: {type(error).__name__}")
        except TimeoutError:
            return _answer(503, "unavailable", "it could not be stored in time")

    async def _received(self, request: Request) -> Response:
        if self._secret is None:
            raise Refused(503, "webhooks are disabled: GITHUB_WEBHOOK_SECRET is not set")
        signature = _signature(request)
        async with self._bodies.whole(request) as body:
            made = hmac.new(self._secret, body, hashlib.sha256).hexdigest().encode()
            if not hmac.compare_digest(made, signature):
                raise Refused(401, "the signature is not made with this webhook's secret")
            return await self._signed(request, body)

    async def _signed(self, request: Request, body: bytes) -> Response:
        envelope = _envelope(request)
        try:
            found = await _off_the_loop(envelope, body)
        except NotJson:
            raise Refused(400, "the body is no JSON object: set the content type to application/json") from None
        if envelope.event == "ping":
            return _answer(200, "pong", "the webhook works")
        if isinstance(found, Dropped):
            return _answer(202, "ignored", found.reason)
        order = order_in(found, self._house)
        if isinstance(order, Dropped):
            return _answer(202, "ignored", order.reason)
        async with asyncio.timeout(_STORE_S):
            is_new = await self._inbox.put(found)
        if is_new:
            return _answer(202, "accepted", f"{envelope.event}.{found.action} of #{found.number}")
        return _answer(200, "duplicate", "it was delivered before")


async def _off_the_loop(envelope: Envelope, body: bytes) -> Delivery | Dropped:
    return read(envelope, body) if len(body) <= _QUICK else await asyncio.to_thread(read, envelope, body)


def _signature(request: Request) -> bytes:
    given = request.headers.get("x-hub-signature-256", "").encode("latin-1")
    found = _SIGNATURE.fullmatch(given)
    if found is None:
        raise Refused(401, "the header X-Hub-Signature-256 is missing or malformed")
    return found[1]


def _envelope(request: Request) -> Envelope:
    delivery, event = request.headers.get("x-github-delivery", ""), request.headers.get("x-github-event", "")
    if not _ID.fullmatch(delivery) or not _EVENT.fullmatch(event):
        raise Refused(400, "the header X-GitHub-Delivery or X-GitHub-Event is missing or malformed")
    return Envelope(id=delivery, event=event, received=datetime.now(UTC))


def _answer(status: int, word: str, reason: str) -> Response:
    return JSONResponse({"status": word, "reason": reason}, status)
