"""Every error that the SDK or its transport can raise has a meaning here."""

import asyncio
import inspect
import pickle

import anthropic
import httpx2
import pytest
from anthropic._error_classes import ERROR_CLASSES

from adapters.claude.failures import FOREIGN, judge
from domain.errors import (
    AnswerLost,
    ClusterError,
    ConfigurationError,
    ModelAccountError,
    ModelRejected,
    RateLimited,
    Transient,
)

KEY = "sk-ant-test-0123456789"
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/messages")
ACCOUNT_CODES = {"enforced_spend_limit_reached", "contract_spend_limit_reached", "organization_on_hold"}


def _status_error(status: int, code: str | None, message: str = "no", **headers: str) -> anthropic.APIStatusError:
    body = {"type": "error", "error": {"type": "x", "message": message, "details": {"error_code": code}}}
    response = httpx2.Response(status, request=REQUEST, headers=headers)
    kind = ERROR_CLASSES.get((status, code), anthropic.APIStatusError)
    return kind(message, response=response, body=body)


def _meaning(status: int, code: str | None) -> type[ClusterError]:
    if status in {401, 402, 403} or code in ACCOUNT_CODES:
        return ModelAccountError
    if status == 429:
        return RateLimited
    if status in {409, 425, 500, 503, 529}:
        return Transient
    return AnswerLost if status in {408, 499} or status >= 500 else ModelRejected


@pytest.mark.parametrize(("status", "code"), [*ERROR_CLASSES, *((status, None) for status in range(400, 600))])
def test_every_status_and_code_has_its_meaning(status: int, code: str | None) -> None:
    """The account, the rate limit, a passing failure or a wrong request: nothing else comes out of a status.

    Only what the service itself says it did not serve is repeated; a gateway's word is no proof of that.
    """
    failure = judge(_status_error(status, code), KEY)
    assert type(failure.error) is _meaning(status, code)
    assert failure.again is (type(failure.error) in {Transient, RateLimited})
    assert failure.error.may_be_paid is isinstance(failure.error, AnswerLost)


def _made(kind: type[anthropic.AnthropicError]) -> anthropic.AnthropicError:
    if kind in {anthropic.APIError, anthropic.APIWebhookValidationError}:
        return kind("no", REQUEST, body=None)
    if kind is anthropic.APIConnectionError:
        return kind(request=REQUEST)
    if kind is anthropic.APITimeoutError:
        return kind(REQUEST)
    if kind is anthropic.APIResponseValidationError:
        return kind(httpx2.Response(200, request=REQUEST), None)
    return kind("no")


def test_every_class_of_the_sdk_is_mapped() -> None:
    """The classes without a status are these; one that a new SDK adds must be given a meaning here."""
    meanings = {
        kind.__name__: type(judge(_made(kind), KEY).error).__name__
        for _, kind in inspect.getmembers(anthropic, inspect.isclass)
        if issubclass(kind, anthropic.AnthropicError) and not issubclass(kind, anthropic.APIStatusError)
    }
    assert meanings == {
        "AnthropicError": "ModelRejected",
        "APIError": "ModelRejected",
        "APIResponseValidationError": "ModelRejected",
        "APIWebhookValidationError": "ModelRejected",
        "APIConnectionError": "AnswerLost",
        "APITimeoutError": "AnswerLost",
        "RetryableError": "AnswerLost",
        "CredentialsError": "ModelAccountError",
        "IdentityTokenFileError": "ModelAccountError",
        "WorkloadIdentityError": "ModelAccountError",
    }


def test_every_class_of_the_transport_is_mapped() -> None:
    """What httpx2 raises in the middle of a body is a network failure or a wrong address."""
    meanings = {}
    for name, kind in inspect.getmembers(httpx2, inspect.isclass):
        if issubclass(kind, httpx2.HTTPError | httpx2.StreamError | httpx2.InvalidURL):
            error = kind.__new__(kind, "no")
            assert isinstance(error, FOREIGN)
            meanings[name] = type(judge(error, KEY).error)
    wrong_address = {"InvalidURL", "UnsupportedProtocol"}
    assert {name for name, kind in meanings.items() if kind is ConfigurationError} == wrong_address
    assert {kind for name, kind in meanings.items() if name not in wrong_address} == {AnswerLost, Transient}
    assert {name for name, kind in meanings.items() if kind is Transient} == {
        "ConnectError",
        "ConnectTimeout",
        "LocalProtocolError",
        "PoolTimeout",
        "ProxyError",
        "TooManyRedirects",
    }


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (httpx2.ConnectTimeout("late"), Transient),
        (httpx2.PoolTimeout("late"), Transient),
        (httpx2.ReadTimeout("late"), AnswerLost),
        (httpx2.WriteTimeout("late"), AnswerLost),
    ],
)
def test_only_what_was_never_sent_is_tried_again_after_a_time_out(cause: Exception, kind: type[ClusterError]) -> None:
    """A request that went out is paid even if its answer is late."""
    error = anthropic.APITimeoutError(REQUEST)
    error.__cause__ = cause
    failure = judge(error, KEY)
    assert (type(failure.error), failure.again) == (kind, kind is Transient)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("12", 12.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_as_the_standard_has_it(value: str, wait: float | None) -> None:
    """A number or a date; nonsense is as good as nothing."""
    assert judge(_status_error(529, None, **{"retry-after": value}), KEY).wait_s == wait


def test_retry_after_can_be_a_date_to_come() -> None:
    """A date a century away is a long wait."""
    wait = judge(_status_error(429, None, **{"retry-after": "Tue, 21 Oct 2126 07:28:00 GMT"}), KEY).wait_s
    assert wait is not None
    assert wait > 1_000_000


def test_errors_survive_another_process() -> None:
    """A rate limit that crosses a process keeps its wait."""
    error = judge(_status_error(429, None, **{"retry-after": "90"}), KEY).error
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, RateLimited)
    assert (str(copy), copy.retry_after) == ("Rate limit exceeded: no", 90.0)


def test_long_words_are_cut() -> None:
    """A page of HTML as an error is one line of bounded length."""
    failure = judge(_status_error(400, None, "<p>\n" * 1_000), KEY)
    assert len(str(failure.error)) < 500
    assert "\n" not in str(failure.error)


def test_cancelling_is_not_ours() -> None:
    """A cancelled call is never turned into a failure."""
    assert not issubclass(asyncio.CancelledError, FOREIGN)
