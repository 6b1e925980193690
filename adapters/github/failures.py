"""The one map from what githubkit, httpx and GitHub say to the errors of the domain."""

import re
from collections.abc import Mapping

import httpx
from githubkit.exception import (
    AuthCredentialError,
    AuthExpiredError,
    RequestError,
    RequestFailed,
)
from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.github.rate_limit import UNANNOUNCED_S, announced_wait_s, is_rate_limit
from adapters.github.text import one_line
from domain.errors import (
    AuthenticationFailed,
    ClusterError,
    ConfigurationError,
    ForgeError,
    NotFound,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
)

_WORDS = 600
_LATER = {408, 425}
_SECRET = re.compile(r"\b(?:gh[a-z]_\w{10,}|github_pat_\w{10,}|eyJ[\w-]+\.[\w-]+\.[\w-]+)|(?i:bearer|token) +\S{20,}")
_REMEDY = "check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE"


class Unreached(Transient):
    """The request never left this machine, so even a write may be sent again."""


class Unreadable(Transient):
    """The answer is no JSON, or not what the API describes."""


class Conflict(Rejected):
    """409: the repository is empty, or what should be created is there."""


class Unannounced(RateLimited):
    """A rate limit without a word on how long it holds."""


# the first row that fits counts; what stands in none is a `ForgeError`, because trying again would not help
_UNANSWERED: tuple[tuple[tuple[type[Exception], ...], type[ClusterError]], ...] = (
    ((httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError), ConfigurationError),
    ((httpx.TooManyRedirects, httpx.StreamError, httpx.CookieConflict), ForgeError),
    ((httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout), Unreached),
    ((httpx.HTTPError, OSError), Transient),
)


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="ignore")

    message: str = ""
    errors: list[object] | object = ()


def translate(error: Exception, subject: str) -> ClusterError:
    """The domain's error for anything that a call about `subject` raised; one line, without secrets."""
    if isinstance(error, ClusterError):
        return error
    if isinstance(error, RequestError) and not isinstance(error, RequestFailed):
        return translate(error.exc, subject)
    if isinstance(error, RequestFailed):
        return refusal(error.response.raw_response, subject)
    if isinstance(error, httpx.HTTPStatusError):
        return refusal(error.response, subject)
    if isinstance(error, (AuthCredentialError, AuthExpiredError)):
        return AuthenticationFailed(f"GitHub authentication failed: {type(error).__name__}", _REMEDY)
    return _unanswered(error, subject)


def _unanswered(error: Exception, subject: str) -> ClusterError:
    # httpx quotes header values in LocalProtocolError: only these two kinds may be shown in their own words
    words = scrub(str(error)) if isinstance(error, (httpx.ConnectError, httpx.ProxyError)) else ""
    reason = f"GitHub cannot be reached: {type(error).__name__}" + (f", {words}" if words else "")
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return ConfigurationError(reason, "set SSL_CERT_FILE to the certificates this network uses")
    for kinds, make in _UNANSWERED:
        if isinstance(error, kinds):
            return make(reason, "check GITHUB_API_URL and GITHUB_TOKEN" if make is ConfigurationError else "")
    if isinstance(error, ValueError):
        return Unreadable(f"GitHub's answer about {subject} could not be read")
    return ForgeError(f"GitHub call about {subject} failed: {type(error).__name__}")


def refusal(response: httpx.Response, subject: str) -> ClusterError:
    """The domain's error for an answer that is not a success."""
    status = response.status_code
    words = own_words(response)
    if status == httpx.codes.UNAUTHORIZED:
        return AuthenticationFailed(f"GitHub authentication failed: {words}", _REMEDY)
    if is_rate_limit(response, words):
        wait_s = announced_wait_s(response)
        limit = f"Rate limit exceeded: {words}"
        return Unannounced(limit, "", UNANNOUNCED_S) if wait_s is None else RateLimited(limit, "", wait_s)
    if status == httpx.codes.FORBIDDEN:
        return PermissionDenied(f"GitHub refuses access to {subject}: {words}", _missing_right(response.headers))
    if status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
        return NotFound(f"{subject} not found, or the token may not see it")
    if status in _LATER or (status >= httpx.codes.INTERNAL_SERVER_ERROR and status != httpx.codes.NOT_IMPLEMENTED):
        return Transient(f"GitHub answered {status} about {subject}: {words}")
    kind = Conflict if status == httpx.codes.CONFLICT else Rejected
    return kind(f"GitHub rejected the request about {subject}: {words}")


def own_words(response: httpx.Response) -> str:
    """GitHub's `message` and the messages of its `errors` in one line, or the status if it says nothing."""
    try:
        said = _Refusal.model_validate_json(response.content)
    except ValidationError:
        said = _Refusal()
    details = said.errors if isinstance(said.errors, (list, tuple)) else (said.errors,)
    parts = [said.message, *(_detail(entry) for entry in details)]
    words = "; ".join(dict.fromkeys(part for part in parts if part))
    return scrub(words) or f"status {response.status_code}"


def _detail(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return str(entry or "")
    if entry.get("message"):
        return str(entry["message"])
    return " ".join(str(entry[key]) for key in ("resource", "field", "code") if entry.get(key))


def scrub(text: str) -> str:
    """The text in one short line, with everything that looks like a token taken out."""
    return one_line(_SECRET.sub("[secret]", text), _WORDS)


def _missing_right(headers: httpx.Headers) -> str:
    if "x-github-sso" in headers:
        return "authorize the token for the organisation's single sign-on"
    needed = scrub(headers.get("x-accepted-github-permissions", ""))
    return f"the token needs {needed}" if needed else "give the token contents, issues and pull requests: write"
