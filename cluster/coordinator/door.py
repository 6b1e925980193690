"""Who may come in: beyond loopback, only those with the token."""

import hmac

from pydantic import SecretStr
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN = {"/health"}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def is_loopback(host: str) -> bool:
    """Whether nobody from outside this machine can come to this address."""
    return host in _LOOPBACK or host.startswith("127.")


class Door:
    """ASGI middleware: 401 without the bearer token. `token` None lets everybody in who comes to the address.

    A page in a browser of this machine can come to a loopback address too: it names another host, and is refused.
    """

    def __init__(self, app: ASGIApp, token: SecretStr | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in _OPEN or self._lets_in(scope):
            await self._app(scope, receive, send)
            return
        words = {"detail": "the token is missing or wrong: send Authorization: Bearer TOKEN"}
        refusal = JSONResponse(words, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        await refusal(scope, receive, send)

    def _lets_in(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        if self._token is None:
            host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0].strip("[]")
            return is_loopback(host) and b"origin" not in headers
        given = headers.get(b"authorization", b"")
        return hmac.compare_digest(given, b"Bearer " + self._token.get_secret_value().encode())
