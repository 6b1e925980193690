"""What is tried again, how long it waits, and what it becomes in the end."""

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from adapters.claude.client import ClaudeModel
from adapters.claude.retry import Patience
from domain.conversation import Query
from domain.errors import AnswerLost, ModelAccountError, ModelRejected, RateLimited, Transient
from domain.settings import Settings
from domain.spend import Spend

Build = Callable[..., Query]


@pytest.mark.parametrize("status", [409, 425, 429, 500, 503, 529])
async def test_a_passing_failure_is_tried_again(api: Any, model: ClaudeModel, query: Build, status: int) -> None:
    """Two failures and an answer are an answer; only the answer is counted."""
    api.says(api.refuses(status, "api_error", "hiccup"), api.refuses(status, "api_error", "hiccup"), api.answer())
    reply = await model.ask(query())
    assert (reply.text, reply.spend.calls, len(api.seen)) == ("Done.", 1, 3)


@pytest.mark.parametrize("status", [408, 499, 502, 504, 520, 524])
async def test_a_gateway_s_failure_is_not_repeated_for_nothing(
    api: Any, model: ClaudeModel, query: Build, status: int
) -> None:
    """Behind it the call may have been served: another needs money of its own, so whoever reserves decides."""
    api.says(api.refuses(status, "api_error", "no answer from upstream", retry_after="1"), api.answer())
    with pytest.raises(AnswerLost, match=f"failed with status {status}: no answer from upstream"):
        await model.ask(query())
    assert len(api.seen) == 1


async def test_three_failures_are_transient(api: Any, model: ClaudeModel, query: Build) -> None:
    """After three tries the failure is handed up with the API's words."""
    api.says(*[api.refuses(529, "overloaded_error", "Overloaded")] * 3)
    with pytest.raises(Transient) as caught:
        await model.ask(query())
    assert str(caught.value) == "Claude is overloaded: Overloaded"
    assert len(api.seen) == 3


async def test_a_long_wait_is_not_slept_here(api: Any, model: ClaudeModel, query: Build) -> None:
    """An hour of retry-after ends the call at once and is carried up in seconds."""
    api.says(api.refuses(429, "rate_limit_error", "Slow down", retry_after="3600"))
    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        await model.ask(query())
    assert (str(caught.value), caught.value.retry_after) == ("Rate limit exceeded: Slow down", 3600.0)
    assert time.monotonic() - started < 3
    assert len(api.seen) == 1


async def test_an_overload_with_a_long_wait_is_handed_up_too(api: Any, model: ClaudeModel, query: Build) -> None:
    """It doesn't matter which status asks for the wait."""
    api.says(api.refuses(529, "overloaded_error", "Overloaded", retry_after="61"))
    with pytest.raises(RateLimited) as caught:
        await model.ask(query())
    assert caught.value.retry_after == 61.0


async def test_a_short_wait_is_kept(api: Any, model: ClaudeModel, query: Build) -> None:
    """A retry-after below a minute is waited for, then the call passes."""
    api.says(api.refuses(429, "rate_limit_error", "Slow down", retry_after="0.3"), api.answer())
    started = time.monotonic()
    assert (await model.ask(query())).text == "Done."
    assert time.monotonic() - started >= 0.3


async def test_a_rate_limit_without_a_time_is_one_minute(api: Any, model: ClaudeModel, query: Build) -> None:
    """When the tries are used up and the API named no time, a minute is carried up."""
    api.says(*[api.refuses(429, "rate_limit_error", "Slow down")] * 3)
    with pytest.raises(RateLimited) as caught:
        await model.ask(query())
    assert (caught.value.retry_after, len(api.seen)) == (60.0, 3)


async def test_the_api_can_forbid_another_try(api: Any, model: ClaudeModel, query: Build) -> None:
    """`x-should-retry: false` is obeyed."""
    api.says(api.refuses(503, "api_error", "down", x_should_retry="false"))
    with pytest.raises(Transient):
        await model.ask(query())
    assert len(api.seen) == 1


@pytest.mark.parametrize(
    ("status", "kind", "code", "begins"),
    [
        (401, "authentication_error", "", "Claude authentication failed: no"),
        (402, "billing_error", "", "Claude asks for payment: no"),
        (403, "permission_error", "", "Claude denies permission: no"),
        (
            429,
            "rate_limit_error",
            "enforced_spend_limit_reached",
            "The spend limit of the Claude account is reached: no",
        ),
    ],
)
async def test_account_errors_are_never_tried_again(
    api: Any, model: ClaudeModel, query: Build, status: int, kind: str, code: str, begins: str
) -> None:
    """Key, payment, permission and spend limit need a person."""
    api.says(api.refuses(status, kind, "no", code, retry_after="1"))
    with pytest.raises(ModelAccountError) as caught:
        await model.ask(query())
    assert caught.value.reason == begins
    assert len(api.seen) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_a_wrong_request_is_not_tried_again(api: Any, model: ClaudeModel, query: Build, status: int) -> None:
    """The API's own words and its request id are passed on."""
    api.says(api.refuses(status, "invalid_request_error", "max_tokens: too many", request_id="req_9"))
    with pytest.raises(ModelRejected) as caught:
        await model.ask(query())
    assert caught.value.reason == "Claude rejected the request: max_tokens: too many (req_9)"
    assert len(api.seen) == 1


def _started(api: Any) -> tuple[dict[str, Any], ...]:
    message = api.message(content=[], stop_reason=None, usage={"input_tokens": 1_000, "output_tokens": 1})
    return (
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hal"}},
    )


def _ended() -> tuple[dict[str, Any], ...]:
    return (
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    )


async def test_a_stream_that_was_refused_before_it_began_is_tried_again(
    api: Any, model: ClaudeModel, query: Build
) -> None:
    """An error as the first event is the service's word that it did not answer."""
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    api.says(api.stream(overloaded), api.stream(*_started(api), *_ended()))
    reply = await model.ask(query(max_tokens=32_000))
    cost = (1_000 * 4 + 7 * 20) / 1_000_000
    assert reply.text == "Hal"
    assert reply.spend == Spend(cost_usd=cost, calls=1, input_tokens=1_000, output_tokens=7)


@pytest.mark.parametrize("how", ["cut", "ended early", "not JSON", "out of order", "nothing", "error event"])
async def test_a_stream_that_breaks_is_lost(api: Any, model: ClaudeModel, query: Build, how: str) -> None:
    """However a stream breaks, it is never half an answer, and never asked for twice from the same reservation."""
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    bad = type(api.answer())(200, b"event: message_start\ndata: {\n\n", kind="text/event-stream")
    canned = {
        "cut": api.stream(*_started(api), cut=True),
        "ended early": api.stream(*_started(api)),
        "not JSON": bad,
        "out of order": api.stream(_started(api)[0], _started(api)[2]),
        "nothing": api.stream(),
        "error event": api.stream(*_started(api), overloaded),
    }[how]
    api.says(canned, api.stream(*_started(api), *_ended()))
    with pytest.raises(AnswerLost):
        await model.ask(query(max_tokens=32_000))
    assert len(api.seen) == 1


@pytest.mark.parametrize("max_tokens", [16_000, 32_000])
@pytest.mark.parametrize("sent", [0, 20])
async def test_a_connection_that_ends_in_the_answer_is_lost(
    api: Any, model: ClaudeModel, query: Build, max_tokens: int, sent: int
) -> None:
    """Before the first byte or after some: the request was out, so the answer may be paid."""
    canned = api.answer()
    api.says(type(canned)(200, canned.body[:sent], cut=True), api.answer())
    with pytest.raises(AnswerLost, match="Claude's answer broke off"):
        await model.ask(query(max_tokens=max_tokens))
    assert len(api.seen) == 1


@pytest.mark.parametrize("begun", [True, False])
async def test_an_account_error_inside_a_stream_is_final(
    api: Any, model: ClaudeModel, query: Build, begun: bool
) -> None:
    """The status of the stream is 200; the error's type decides. What was said before it may be paid."""
    event = {"type": "error", "error": {"type": "authentication_error", "message": "revoked"}}
    api.says(api.stream(*(_started(api) if begun else ()), event))
    with pytest.raises(ModelAccountError, match="Claude authentication failed: revoked") as caught:
        await model.ask(query(max_tokens=32_000))
    assert caught.value.may_be_paid is begun
    assert len(api.seen) == 1


async def test_nobody_there_is_transient(query: Build, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection says so, after its tries."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{reserved.getsockname()[1]}")
        with pytest.raises(Transient, match="Claude could not be reached"):
            await ClaudeModel(Settings(), Patience(first_wait_s=0.01)).ask(query())


async def test_a_late_answer_is_not_paid_twice(
    api: Any, model: ClaudeModel, query: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the whole time is over the call ends as transient, without another try in this process."""
    monkeypatch.setattr("adapters.claude.connection._WHOLE_S", 0.2)
    canned = api.answer()
    api.says(type(canned)(200, canned.body, delay_s=0.6))
    with pytest.raises(AnswerLost, match="did not answer in time"):
        await model.ask(query())
    assert len(api.seen) == 1


async def test_the_key_is_in_no_message(api: Any, model: ClaudeModel, query: Build) -> None:
    """A server that echoes the key is quoted without it, and without control characters."""
    api.says(api.refuses(401, "authentication_error", "bad key sk-ant-test-0123456789\x1b[31m"))
    with pytest.raises(ModelAccountError) as caught:
        await model.ask(query())
    assert caught.value.reason == "Claude authentication failed: bad key *** [31m"


def test_waits_double_within_bounds() -> None:
    """Without a time from the API: about 1, 2, 4 seconds, at least half of it, never over the longest."""
    patience = Patience(first_wait_s=1.0, longest_wait_s=3.0)
    waits = [patience.wait_s(tried) for tried in (1, 2, 3)]
    assert [low <= wait <= high for wait, low, high in zip(waits, (0.5, 1, 1.5), (1, 2, 3), strict=True)] == [True] * 3
