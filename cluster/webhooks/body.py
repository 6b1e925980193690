"""Bodies of requests from anybody: bounded each, together, and in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

# Source: GitHub's documentation, "Webhook events and payloads": payloads are capped at 25 MB.
LARGEST = 25 * 1024 * 1024
_MOST_HELD = 200 * 1024 * 1024
_READ_S = 10.0
_TOO_LARGE = "the body is larger than 25 MB"


class Refused(Exception):
    """The request gets this status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Bodies:
    """Reads them; what all requests together hold in memory is bounded, because nobody has shown a signature yet."""

    def __init__(self) -> None:
        self._held = 0

    @asynccontextmanager
    async def whole(self, request: Request) -> AsyncIterator[bytes]:
        """The raw body, counted while it comes in: what the sender says of its length proves nothing.

        Raises `Refused`: 413 over 25 MB, 408 after ten seconds, 503 while others hold 200 MB.
        """
        said = request.headers.get("content-length", "")
        if said.isdecimal() and (len(said) > len(str(LARGEST)) or int(said) > LARGEST):
            raise Refused(413, _TOO_LARGE)
        body = bytearray()
        try:
            try:
                async with asyncio.timeout(_READ_S):
                    async for part in request.stream():
                        body += part
                        self._held += len(part)
                        self._check(len(body))
            except TimeoutError:
                raise Refused(408, "the body did not come in time") from None
            yield bytes(body)
        finally:
            self._held -= len(body)

    def _check(self, length: int) -> None:
        if length > LARGEST:
            raise Refused(413, _TOO_LARGE)
        if self._held > _MOST_HELD:
            raise Refused(503, "too much comes in at once")
