"""What goes over the wire, and what comes back, against a real server on loopback."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from adapters.claude.client import ClaudeModel
from domain.conversation import Message, Query, Reply
from domain.errors import ConfigurationError, ModelRejected, UnknownPrice
from domain.settings import Settings
from domain.spend import Spend

Build = Callable[..., Query]

RICH = [
    {
        "type": "thinking",
        "thinking": "Let me see. 考えます",
        "signature": "c2ln/bmF0+dXJl==",
        "added_later": {"a": [1]},
    },
    {"type": "redacted_thinking", "data": "b3BhcXVl"},
    {"type": "text", "text": "I look.", "citations": None},
    {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "bash",
        "input": {"command": "ls", "n": 1.5},
        "caller": {"type": "direct"},
    },
    {"type": "block_of_the_future", "payload": {"deep": [None, True, "ü"]}},
]
USAGE = {
    "input_tokens": 100,
    "output_tokens": 200,
    "cache_read_input_tokens": 3_000,
    "cache_creation_input_tokens": 500,
    "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 100},
    "output_tokens_details": {"thinking_tokens": 50},
    "service_tier": "standard",
}
# Opus 5.5 per million: input 4, output 20, cache read 0.2, write 5 (five minutes) and 8 (an hour).
COST = (100 * 4 + 200 * 20 + 3_000 * 0.2 + 400 * 5 + 100 * 8) / 1_000_000


def events(*blocks: dict[str, Any], stop: str | None = "tool_use") -> list[dict[str, Any]]:
    """The stream of an answer with these blocks, texts in two halves."""
    start = {"id": "msg_2", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    out: list[dict[str, Any]] = [{"type": "message_start", "message": start | {"usage": USAGE | {"output_tokens": 1}}}]
    for index, block in enumerate(blocks):
        out += _block(index, block)
    if stop:
        out.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 200}})
        out.append({"type": "message_stop"})
    return out


def _block(index: int, block: dict[str, Any]) -> list[dict[str, Any]]:
    empty = dict(block)
    deltas: list[dict[str, Any]] = []
    if block["type"] == "text":
        empty["text"] = ""
        deltas = [{"type": "text_delta", "text": part} for part in (block["text"][:3], block["text"][3:])]
    if block["type"] == "thinking":
        empty |= {"thinking": "", "signature": ""}
        deltas = [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    if block["type"] == "tool_use":
        empty["input"] = {}
        text = json.dumps(block["input"])
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in (text[:5], text[5:])]
    return [
        {"type": "content_block_start", "index": index, "content_block": empty},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


async def test_a_short_answer_is_asked_for_whole(api: Any, model: ClaudeModel, query: Build) -> None:
    """The request has the shape of the Messages API; the reply has text, stop reason, spend and request id."""
    api.says(api.answer(usage=USAGE))
    tool = {"name": "submit", "input_schema": {"type": "object"}}
    schema = {"type": "object", "properties": {"verdict": {"type": "string"}}}
    reply = await model.ask(query(tools=(tool,), effort="high", json_schema=schema, max_tokens=16_000))
    assert reply == Reply(
        message=Message(role="assistant", content=({"type": "text", "text": "Done."},)),
        stop_reason="end_turn",
        spend=Spend(
            cost_usd=COST,
            calls=1,
            input_tokens=100,
            cache_read_tokens=3_000,
            cache_write_tokens=500,
            output_tokens=200,
        ),
        seconds=reply.seconds,
        request_id="req_1",
    )
    (seen,) = api.seen
    assert seen.path == "/v1/messages"
    assert seen.body == {
        "model": "claude-opus-5-5",
        "max_tokens": 16_000,
        "system": "You fix bugs.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Fix it."}]}],
        "tools": [tool],
        "thinking": {"type": "adaptive"},
        "cache_control": {"type": "ephemeral"},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": schema}},
    }
    assert seen.headers["authorization"] == "Bearer sk-ant-test-0123456789"
    assert seen.headers["anthropic-version"] == "2026-10-21"
    assert 0 < reply.seconds < 5


async def test_what_is_not_given_is_not_sent(api: Any, model: ClaudeModel, query: Build) -> None:
    """No system, tools, effort or schema: none of their fields is in the request."""
    api.says(api.answer())
    await model.ask(query(system=""))
    assert sorted(api.seen[0].body) == ["cache_control", "max_tokens", "messages", "model", "thinking"]


@pytest.mark.parametrize("max_tokens", [16_000, 64_000])
async def test_content_blocks_go_back_as_they_came(api: Any, model: ClaudeModel, query: Build, max_tokens: int) -> None:
    """Thinking signatures, redacted thinking, nulls, unknown fields and unknown blocks survive the round trip."""
    first = api.answer(content=RICH, stop_reason="tool_use", usage=USAGE)
    again = api.answer()
    if max_tokens > 16_000:
        first, again = (
            api.stream(*events(*RICH)),
            api.stream(*events({"type": "text", "text": "Done."}, stop="end_turn")),
        )
    api.says(first, again)
    question = query(max_tokens=max_tokens)
    reply = await model.ask(question)
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a.py"}
    await model.ask(
        query(
            max_tokens=max_tokens, messages=(*question.messages, reply.message, Message(role="user", content=(result,)))
        )
    )
    assert list(reply.message.content) == RICH
    assert api.seen[1].body["messages"][1] == {"role": "assistant", "content": RICH}
    assert reply.spend.cost_usd == COST
    assert (reply.stop_reason, reply.tool_calls[0].input) == ("tool_use", {"command": "ls", "n": 1.5})
    assert [seen.body.get("stream", False) for seen in api.seen] == [max_tokens > 16_000] * 2


async def test_a_saved_answer_goes_back_as_it_came(api: Any, model: ClaudeModel, query: Build) -> None:
    """A transcript that was written to JSON and read again sends the same bytes: the prompt cache holds."""
    api.says(api.answer(content=RICH, stop_reason="tool_use"), api.answer(), api.answer())
    question = query()
    said = (await model.ask(question)).message
    saved = Message.model_validate_json(said.model_dump_json())
    for turn in (said, saved):
        await model.ask(query(messages=(*question.messages, turn, *question.messages)))
    assert json.dumps(api.seen[1].body) == json.dumps(api.seen[2].body)


@pytest.mark.parametrize(
    "reason",
    ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"],
)
async def test_every_known_stop_reason_comes_through(api: Any, model: ClaudeModel, query: Build, reason: str) -> None:
    """A refusal and a pause are answers, not errors."""
    api.says(api.answer(stop_reason=reason, content=[]))
    assert (await model.ask(query())).stop_reason == reason


async def test_an_unknown_stop_reason_is_named(api: Any, model: ClaudeModel, query: Build) -> None:
    """A stop reason of the future is not guessed at, and not paid again."""
    api.says(api.answer(stop_reason="tired"))
    with pytest.raises(ModelRejected, match="'tired'") as caught:
        await model.ask(query())
    assert (len(api.seen), caught.value.may_be_paid) == (1, True)


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"[]", b'{"content": "text"}'])
async def test_an_answer_of_something_else_is_refused(api: Any, model: ClaudeModel, query: Build, body: bytes) -> None:
    """A login page or another API behind ANTHROPIC_BASE_URL is called what it is."""
    canned = api.answer()
    api.says(type(canned)(200, body, kind="text/html" if body.startswith(b"<") else "application/json"))
    with pytest.raises(ModelRejected, match="ANTHROPIC_BASE_URL"):
        await model.ask(query())


async def test_hostile_text_can_be_sent(api: Any, model: ClaudeModel, query: Build) -> None:
    """Lone surrogates and NaN, which JSON in UTF-8 lacks, are replaced; proper text beside them is kept."""
    block = {"type": "tool_result", "content": "a\ud800b 😀 日本", "n": [float("nan")]}
    api.says(api.answer())
    await model.ask(query(messages=(Message(role="user", content=(block,)),)))
    assert api.seen[0].body["messages"][0]["content"] == [
        {"type": "tool_result", "content": "a\ufffdb 😀 日本", "n": ["nan"]}
    ]


def test_one_model_serves_several_event_loops(api: Any, model: ClaudeModel, query: Build) -> None:
    """Each loop gets a client of its own, and a closed loop leaves none behind."""
    api.says(*[api.answer()] * 4)

    async def twice() -> list[str]:
        replies = await asyncio.gather(model.ask(query()), model.ask(query()))
        return [reply.text for reply in replies]

    async def once_and_close() -> str:
        reply = await model.ask(query())
        await model.close()
        return reply.text

    assert asyncio.run(twice()) == ["Done.", "Done."]
    assert asyncio.run(once_and_close()) == "Done."
    assert asyncio.run(once_and_close()) == "Done."
    assert model._connections == {}


@pytest.mark.parametrize("key", [None, "  ", "sk-ant key", "sk-ant-ä"])
async def test_without_a_key_nothing_is_asked(
    api: Any, query: Build, key: str | None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing or impossible key is a configuration error that names the variable, not the key."""
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    if key is not None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with pytest.raises(ConfigurationError, match="ANTHROPIC_API_KEY") as caught:
        await ClaudeModel(Settings()).ask(query())
    assert "sk-ant" not in str(caught.value)
    assert api.seen == []


async def test_a_model_without_a_price_is_not_asked(api: Any, model: ClaudeModel, query: Build) -> None:
    """The refusal comes before the money."""
    with pytest.raises(UnknownPrice, match="claude-of-the-future"):
        await model.ask(query(model="claude-of-the-future"))
    assert api.seen == []


def test_importing_the_client_loads_no_sdk() -> None:
    """The command line can build the adapter without paying the SDK's second."""
    code = "import sys, adapters.claude.client; print({'anthropic', 'genai_prices', 'httpx2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


async def test_the_environment_s_proxy_is_not_asked_for_loopback(
    api: Any, model: ClaudeModel, query: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rehearsal's model answers on machines whose traffic goes through a proxy."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    api.says(api.answer())
    assert (await model.ask(query())).text == "Done."
