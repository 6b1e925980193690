"""Rate limits: how GitHub says that it was asked too often, and for how long."""

import re
import time
from email.utils import parsedate_to_datetime

import httpx

LONGEST_LIMIT_S = 3600.0
UNANNOUNCED_S = 60.0
_LIMIT = re.compile(r"rate limit|abuse detection|submitted too quickly", re.IGNORECASE)
_EPOCH = re.compile(r"[0-9]{1,11}")


def is_rate_limit(response: httpx.Response, words: str) -> bool:
    """Whether GitHub refused for the number of requests and not for a right that is missing."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return True
    signs = response.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in response.headers
    return response.status_code == httpx.codes.FORBIDDEN and (signs or bool(_LIMIT.search(words)))


def announced_wait_s(response: httpx.Response) -> float | None:
    """Seconds to wait by `retry-after`, else by `x-ratelimit-reset` when nothing remains; None if not said.

    Source: GitHub's REST documentation, "Rate limits for the REST API", exceeding the rate limit.
    """
    headers = response.headers
    if "retry-after" in headers:
        seconds = _seconds(headers["retry-after"], headers)
    elif headers.get("x-ratelimit-remaining") == "0" and _EPOCH.fullmatch(headers.get("x-ratelimit-reset", "")):
        seconds = float(headers["x-ratelimit-reset"]) - _server_now(headers)
    else:
        return None
    return _bounded(seconds)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_LIMIT_S)


async def readable_wait(response: httpx.Response) -> None:
    """Make `retry-after` and `x-ratelimit-reset` numbers, which is all that githubkit can read: dates are allowed."""
    headers = response.headers
    if "retry-after" in headers:
        headers["retry-after"] = str(int(_bounded(_seconds(headers["retry-after"], headers))))
    if not _EPOCH.fullmatch(headers.get("x-ratelimit-reset", "0")):
        del headers["x-ratelimit-reset"]


def _seconds(value: str, headers: httpx.Headers) -> float:
    if value.strip().isdecimal():
        return float(value)
    moment = _moment(value)
    return UNANNOUNCED_S if moment is None else moment - _server_now(headers)


def _server_now(headers: httpx.Headers) -> float:
    moment = _moment(headers.get("date", ""))
    return time.time() if moment is None else moment


def _moment(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
