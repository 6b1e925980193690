"""The map from foreign errors to ours: complete, one line, without secrets."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import githubkit.exception
import httpx
import pytest
from githubkit.response import Response
from githubkit.utils import UNSET

from adapters.github.failures import Conflict, Unannounced, Unreached, Unreadable, refusal, translate
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

TOKEN = "ghp_" + "s" * 36
REQUEST = httpx.Request("GET", "https://api.github.com/repos/o/r")


def _answer(status: int, content: object = None, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=content, headers=headers, request=REQUEST)


@dataclass(frozen=True)
class Case:
    """An answer, and what becomes of it."""

    status: int
    kind: type[ClusterError]
    text: str
    content: object = field(default_factory=lambda: {"message": "Nope"})
    headers: dict[str, str] = field(default_factory=dict)


TOKEN_REMEDY = "check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE"
SSO = {"x-github-sso": "required; url=https://github.com/orgs/x/sso"}
FIELD = {"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "head", "code": "invalid"}]}
REJECTED = "GitHub rejected the request about it: "

CASES = [
    Case(401, AuthenticationFailed, f"GitHub authentication failed: Nope - {TOKEN_REMEDY}"),
    Case(
        403,
        PermissionDenied,
        "GitHub refuses access to it: Nope - give the token contents, issues and pull requests: write",
    ),
    Case(
        403,
        PermissionDenied,
        "GitHub refuses access to it: Nope - authorize the token for the organisation's single sign-on",
        headers=SSO,
    ),
    Case(
        403,
        RateLimited,
        "Rate limit exceeded: API rate limit exceeded",
        {"message": "API rate limit exceeded"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1793600000"},
    ),
    Case(
        403,
        Unannounced,
        "Rate limit exceeded: You have exceeded a secondary rate limit",
        {"message": "You have exceeded a secondary rate limit"},
    ),
    Case(403, RateLimited, "Rate limit exceeded: Nope", headers={"retry-after": "3"}),
    Case(429, Unannounced, "Rate limit exceeded: status 429", []),
    Case(404, NotFound, "it not found, or the token may not see it"),
    Case(410, NotFound, "it not found, or the token may not see it"),
    Case(409, Conflict, REJECTED + "Git Repository is empty.", {"message": "Git Repository is empty."}),
    Case(422, Rejected, REJECTED + "Validation Failed; PullRequest head invalid", FIELD),
    Case(422, Rejected, REJECTED + "a; b c", {"message": "a", "errors": ["b\nc", None, "a"]}),
    Case(422, Rejected, REJECTED + "a; b", {"message": "a", "errors": "b"}),
    Case(400, Rejected, REJECTED + "Problems parsing JSON", {"message": "Problems parsing JSON"}),
    Case(451, Rejected, REJECTED + "Nope"),
    Case(304, Rejected, REJECTED + "status 304", None),
    Case(501, Rejected, REJECTED + "Nope"),
    Case(408, Transient, "GitHub answered 408 about it: Nope"),
    Case(500, Transient, "GitHub answered 500 about it: Nope"),
    Case(502, Transient, "GitHub answered 502 about it: status 502", "<html>"),
    Case(422, Rejected, REJECTED + "bad [secret] and [secret]", {"message": f"bad {TOKEN} and bearer {'x' * 40}"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.status} {case.kind.__name__}")
def test_answers(case: Case) -> None:
    """Each status has its kind, GitHub's words, and what to do."""
    failure = refusal(_answer(case.status, case.content, case.headers), "it")
    assert (type(failure), str(failure)) == (case.kind, case.text)


def test_words_without_end_are_cut() -> None:
    """A page of words becomes a line that fits a log."""
    assert len(str(refusal(_answer(422, {"message": "x\n" * 5000}), "it"))) < 700


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _httpx_errors() -> list[type[Exception]]:
    roots = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)
    known = set(roots) | {child for root in roots for child in _below(root)}
    return sorted((kind for kind in known if kind.__module__.startswith("httpx")), key=lambda kind: kind.__name__)


def _made(kind: type[Exception]) -> Exception:
    if issubclass(kind, httpx.HTTPStatusError):
        return kind("secret " + TOKEN, request=REQUEST, response=_answer(500))
    if kind in {httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead, httpx.RequestNotRead}:
        return kind()
    return kind("secret " + TOKEN)


HTTPX_KINDS: dict[str, type[ClusterError]] = {
    "CloseError": Transient,
    "ConnectError": Unreached,
    "ConnectTimeout": Unreached,
    "CookieConflict": ForgeError,
    "DecodingError": Transient,
    "HTTPError": Transient,
    "HTTPStatusError": Transient,
    "InvalidURL": ConfigurationError,
    "LocalProtocolError": ConfigurationError,
    "NetworkError": Transient,
    "PoolTimeout": Unreached,
    "ProtocolError": Transient,
    "ProxyError": Transient,
    "ReadError": Transient,
    "ReadTimeout": Transient,
    "RemoteProtocolError": Transient,
    "RequestError": Transient,
    "RequestNotRead": ForgeError,
    "ResponseNotRead": ForgeError,
    "StreamClosed": ForgeError,
    "StreamConsumed": ForgeError,
    "StreamError": ForgeError,
    "TimeoutException": Transient,
    "TooManyRedirects": ForgeError,
    "TransportError": Transient,
    "UnsupportedProtocol": ConfigurationError,
    "WriteError": Transient,
    "WriteTimeout": Transient,
}


def test_httpx_is_mapped_whole() -> None:
    """Every error class that httpx has is in the map, bare and as githubkit wraps it, without its secrets."""
    found = {}
    for kind in _httpx_errors():
        failure = translate(githubkit.exception.RequestError(_made(kind)), "it")
        assert type(failure) is type(translate(_made(kind), "it"))
        assert TOKEN not in str(failure)
        found[kind.__name__] = type(failure)
    assert found == HTTPX_KINDS


def _githubkit_errors() -> dict[str, Exception]:
    kinds = githubkit.exception
    wrapped = Response(_answer(403, {"message": "no"}), UNSET)
    made = {
        "AuthCredentialError": kinds.AuthCredentialError(TOKEN),
        "AuthExpiredError": kinds.AuthExpiredError(TOKEN),
        "CacheUnsupportedError": kinds.CacheUnsupportedError(TOKEN),
        "RequestError": kinds.RequestError(OSError(TOKEN)),
        "RequestTimeout": kinds.RequestTimeout(httpx.ReadTimeout(TOKEN)),
        "RequestFailed": kinds.RequestFailed(wrapped),
        "WebhookTypeNotFound": kinds.WebhookTypeNotFound(TOKEN),
        "GraphQLError": kinds.GraphQLError(TOKEN),
    }
    limits = ("RateLimitExceeded", "PrimaryRateLimitExceeded", "SecondaryRateLimitExceeded")
    limited = Response(_answer(429, {"message": "no"}, {"retry-after": "9"}), UNSET)
    made.update({name: getattr(kinds, name)(limited, timedelta(seconds=1)) for name in limits})
    graphql = ("GraphQLFailed", "GraphQLPaginationError", "GraphQLMissingPageInfo", "GraphQLMissingCursorChange")
    return made | {name: getattr(kinds, name)(None) for name in graphql}


def test_githubkit_is_mapped_whole() -> None:
    """Every error class that githubkit has is in the map; what we never use is an error that no retry hides."""
    all_of_them = {kind.__name__ for kind in _below(githubkit.exception.GitHubException)}
    made = _githubkit_errors()
    assert set(made) == {name.partition("[")[0] for name in all_of_them}
    found = {name: translate(error, "it") for name, error in made.items()}
    assert all(TOKEN not in str(failure) for failure in found.values())
    assert {name: type(failure) for name, failure in found.items()} == {
        "AuthCredentialError": AuthenticationFailed,
        "AuthExpiredError": AuthenticationFailed,
        "CacheUnsupportedError": ForgeError,
        "RequestError": Transient,
        "RequestTimeout": Transient,
        "RequestFailed": PermissionDenied,
        "WebhookTypeNotFound": ForgeError,
        "GraphQLError": ForgeError,
        "RateLimitExceeded": RateLimited,
        "PrimaryRateLimitExceeded": RateLimited,
        "SecondaryRateLimitExceeded": RateLimited,
        "GraphQLFailed": ForgeError,
        "GraphQLPaginationError": ForgeError,
        "GraphQLMissingPageInfo": ForgeError,
        "GraphQLMissingCursorChange": ForgeError,
    }


def test_a_certificate_that_is_not_trusted_is_the_users_to_fix() -> None:
    """No retry helps, and the message names the setting that does."""
    failure = translate(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"), "it")
    assert type(failure) is ConfigurationError
    assert str(failure).endswith("set SSL_CERT_FILE to the certificates this network uses")


def test_malformed_json_is_transient() -> None:
    """A proxy's page in place of an answer may be gone with the next call."""
    assert type(translate(ValueError("{"), "it")) is Unreadable


@pytest.mark.parametrize("kind", [Unreached, Unreadable, Conflict, Unannounced])
def test_our_own_kinds_survive_pickle(kind: type[ClusterError]) -> None:
    """Errors cross processes."""
    failure = pickle.loads(pickle.dumps(kind("what", "do")))
    assert (type(failure), str(failure)) == (kind, "what - do")
