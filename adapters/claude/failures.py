"""The one map from the SDK's errors to ours: who acts, and whether the same call may be repeated unpaid."""

import email.utils
import math
import time

import anthropic
import httpx2

from adapters.claude.retry import Failure
from domain.errors import AnswerLost, ConfigurationError, ModelAccountError, ModelRejected, RateLimited, Transient

FOREIGN = (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, TimeoutError)

_NO_ADDRESS = (httpx2.InvalidURL, httpx2.UnsupportedProtocol)
_UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.LocalProtocolError,
    httpx2.TooManyRedirects,
)
_LATE = (anthropic.APITimeoutError, httpx2.TimeoutException, TimeoutError)
_BROKEN = (anthropic.APIConnectionError, anthropic.RetryableError, httpx2.HTTPError, httpx2.StreamError)
_NO_CREDENTIALS = (anthropic.CredentialsError, anthropic.WorkloadIdentityError)
_ACCOUNT = {
    401: ("Claude authentication failed", "check ANTHROPIC_API_KEY"),
    402: ("Claude asks for payment", "check the billing of the Anthropic account"),
    403: ("Claude denies permission", "check what the key of ANTHROPIC_API_KEY may use"),
}
_LIMIT = ("The spend limit of the Claude account is reached", "raise the limit, or wait until it starts anew")
_ACCOUNT_CODES = {"enforced_spend_limit_reached", "contract_spend_limit_reached", "organization_on_hold"}
_PASSING = {408, 409, 425, 499}
# With these the service itself says that it did not answer; behind others, a gateway's, it may have.
_UNSERVED = {409, 425, 429, 500, 503, 529}
_FIRST_ERROR, _NOT_FOUND, _TOO_MANY, _SERVER, _OVERLOADED = 400, 404, 429, 500, 529

# An error inside a stream comes with status 200; its type says which status it would have had.
# https://platform.claude.com/docs/en/api/errors
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": _TOO_MANY,
    "api_error": _SERVER,
    "timeout_error": 504,
    "overloaded_error": _OVERLOADED,
}
_LONGEST_WORDS = 400


def judge(error: BaseException, secret: str) -> Failure:
    """What a foreign error means; `secret` is removed from every message."""
    if isinstance(error, anthropic.APIStatusError):
        return _answered(error, secret)
    cause = _cause(error)
    if isinstance(cause, _NO_ADDRESS):
        return Failure(ConfigurationError("ANTHROPIC_BASE_URL is no address that can be called", "correct it"))
    why = _clean(str(cause) or type(cause).__name__, secret)
    if isinstance(cause, _UNSENT):
        remedy = "check the network and ANTHROPIC_BASE_URL"
        return Failure(Transient(f"Claude could not be reached: {why}", remedy), again=True)
    if isinstance(cause, _LATE) or isinstance(error, _BROKEN):
        return broken_off(error, secret)
    if isinstance(error, _NO_CREDENTIALS):
        return Failure(ModelAccountError(f"Claude authentication failed: {why}", _ACCOUNT[401][1]))
    return in_the_middle(Failure(ModelRejected(f"Claude's answer can't be used: {why}")))


def broken_off(error: BaseException, secret: str) -> Failure:
    """The request went out, and its answer was late, ended early or made no sense in the middle."""
    cause = _cause(error)
    if isinstance(cause, _LATE):
        return Failure(AnswerLost("Claude did not answer in time"))
    why = _clean(str(cause) or type(cause).__name__, secret)
    return Failure(AnswerLost(f"Claude's answer broke off: {why}", "check the network and ANTHROPIC_BASE_URL"))


def _cause(error: BaseException) -> BaseException:
    """The SDK wraps what the transport raised; the transport knows better what went wrong."""
    return (error.__cause__ if isinstance(error, anthropic.APIConnectionError) else None) or error


def in_the_middle(failure: Failure) -> Failure:
    """The same failure of an answer that had begun: what was said until then may be paid."""
    error = failure.error
    if isinstance(error, Transient):
        return Failure(AnswerLost(error.reason, error.remedy))
    error.may_be_paid = True
    return Failure(error)


def _answered(error: anthropic.APIStatusError, secret: str) -> Failure:
    status, words = _status(error), _words(error, secret)
    if error.error_code in _ACCOUNT_CODES:
        return Failure(ModelAccountError(f"{_LIMIT[0]}: {words}", _LIMIT[1]))
    if status in _ACCOUNT:
        return Failure(ModelAccountError(f"{_ACCOUNT[status][0]}: {words}", _ACCOUNT[status][1]))
    wait = _retry_after(error.response.headers)
    again = error.response.headers.get("x-should-retry") != "false"
    if status == _TOO_MANY:
        limited = RateLimited(f"Rate limit exceeded: {words}", retry_after=60.0 if wait is None else wait)
        return Failure(limited, again, wait)
    if status >= _SERVER or status in _PASSING:
        what = "is overloaded" if status == _OVERLOADED else f"failed with status {status}"
        if status in _UNSERVED:
            return Failure(Transient(f"Claude {what}: {words}"), again, wait)
        return Failure(AnswerLost(f"Claude {what}: {words}"))
    remedy = "check CLAUDE_CLUSTER_MODEL and ANTHROPIC_BASE_URL" if status == _NOT_FOUND else ""
    return Failure(ModelRejected(f"Claude rejected the request: {words}", remedy))


def _status(error: anthropic.APIStatusError) -> int:
    return error.status_code if error.status_code >= _FIRST_ERROR else _STATUS_OF_TYPE.get(str(error.type), _SERVER)


def _words(error: anthropic.APIStatusError, secret: str) -> str:
    said = error.api_message if isinstance(error.api_message, str) else str(error.body or error.status_code)
    number = f"({error.request_id})" if error.request_id else ""
    return f"{_clean(said, secret)} {_clean(number, secret)}".strip()


def _clean(text: str, secret: str) -> str:
    if secret:
        text = text.replace(secret, "***")
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return printable[:_LONGEST_WORDS].strip()


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds (RFC 9110, section 10.2.3: a number, or a date); None if the answer names none."""
    value = headers.get("retry-after", "")
    date = email.utils.parsedate_tz(value)
    try:
        seconds = email.utils.mktime_tz(date) - time.time() if date else float(value)
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None
