"""One request to Prefect's REST API, made plainly so that quick commands need not load Prefect."""

import base64
import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

_TRIES = 6
_BUSY = {429, 502, 503}  # a server on SQLite says so while others write
_WAIT_S = 1.0


def call(url: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """POST of a body, or GET without one; None where there is no such thing. A busy server is asked again.

    Raises `urllib.error.HTTPError`, `urllib.error.URLError`.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=_headers())  # noqa: S310 - the address is the server's own
    for left in reversed(range(_TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
                found: dict[str, Any] = json.loads(answer.read() or b"{}")
                return found
        except urllib.error.HTTPError as error:
            if error.code == 404:  # noqa: PLR2004 - HTTP's own number
                return None
            if error.code not in _BUSY or not left:
                raise
        time.sleep(_WAIT_S)
    return None


def _headers() -> dict[str, str]:
    """Who we are, where the server asks. Source: Prefect's setting PREFECT_API_AUTH_STRING, `user:password`."""
    auth = os.environ.get("PREFECT_API_AUTH_STRING")
    access = {"Authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"} if auth else {}
    return {"Content-Type": "application/json", **access}
