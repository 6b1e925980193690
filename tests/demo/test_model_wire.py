"""The rehearsed model as the real client sees it, streaming and not."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest

from demo.model import Mishap, Model
from demo.model.script import script_from

TOOLS: list[Any] = [{"type": "bash_20250124", "name": "bash"}]
SCRIPT = script_from(
    "greeting",
    {
        "match": ["say hello"],
        "author": [
            {
                "thinking": "It wants a greeting. " * 9,
                "say": "リハーサル: hello " * 9,
                "use": [{"tool": "bash", "command": "echo 'hé'"}],
            },
            {"say": "Done."},
        ],
        "reviewer": [
            {"when": ["second draft"], "verdict": "approve", "summary": "better", "findings": []},
            {"verdict": "request_changes", "summary": "too short", "findings": []},
        ],
        "planner": {"shares": [{"specialist": "docs", "paths": ["docs"], "what": "Write."}], "reason": "two"},
        "part": [{"when": ["in French"], "turn": [{"say": "bonjour"}]}, {"when": [], "turn": [{"say": "hola"}]}],
    },
)


@pytest.fixture
def model() -> Iterator[Model]:
    """A model with one script."""
    running = Model("the-key")
    running.scripts.append(SCRIPT)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(model: Model) -> anthropic.Anthropic:
    """The real client, which never retries."""
    return anthropic.Anthropic(api_key="the-key", base_url=model.url, max_retries=0)


def ask(client: anthropic.Anthropic, *messages: Any, **options: Any) -> anthropic.types.Message:
    """One call, not streamed."""
    first = {"role": "user", "content": "please say hello"}
    return client.messages.create(
        model="claude-x", max_tokens=options.pop("max_tokens", 2000), messages=[first, *messages], **options
    )


def streamed(client: anthropic.Anthropic) -> anthropic.types.Message:
    """The same first call as a stream, put together by the client."""
    first: Any = {"role": "user", "content": "please say hello"}
    with client.messages.stream(model="claude-x", max_tokens=2000, tools=TOOLS, messages=[first]) as stream:
        return stream.get_final_message()


def test_a_turn_of_the_script(client: anthropic.Anthropic) -> None:
    """Thinking with a signature, text, a tool call; the model's name is the one asked for."""
    reply = ask(client, tools=TOOLS)
    thought, said, use = reply.content
    assert (thought.type, said.type, use.type) == ("thinking", "text", "tool_use")
    assert thought.signature.startswith("rehearsed-")  # type: ignore[union-attr]
    assert (use.name, use.input) == ("bash", {"command": "echo 'hé'"})  # type: ignore[union-attr]
    assert (reply.model, reply.stop_reason) == ("claude-x", "tool_use")


def test_a_stream_says_the_same(client: anthropic.Anthropic) -> None:
    """Put together from its events, the message is the one that comes whole."""
    whole, pieces = ask(client, tools=TOOLS), streamed(client)
    assert pieces.to_dict()["content"] == whole.to_dict()["content"]
    assert (pieces.id, pieces.stop_reason, pieces.usage.output_tokens) == (
        whole.id,
        whole.stop_reason,
        whole.usage.output_tokens,
    )


def test_the_events_of_a_stream(model: Model) -> None:
    """Every kind is sent, in the API's order."""
    body = {
        "model": "claude-x",
        "max_tokens": 2000,
        "stream": True,
        "tools": TOOLS,
        "messages": [{"role": "user", "content": "say hello"}],
    }
    answer = httpx.post(f"{model.url}/v1/messages", json=body, headers={"x-api-key": "the-key"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
    kinds = [event["type"] for event in events]
    assert (kinds[:3], kinds[-2:]) == (
        ["message_start", "ping", "content_block_start"],
        ["message_delta", "message_stop"],
    )
    deltas = {event["delta"]["type"] for event in events if event["type"] == "content_block_delta"}
    assert deltas == {"thinking_delta", "signature_delta", "text_delta", "input_json_delta"}
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 3


def test_a_conversation_goes_on_where_it_was(client: anthropic.Anthropic, model: Model) -> None:
    """The turn follows from the messages alone: another server gives the same, and after the script it ends."""
    first = ask(client, tools=TOOLS)
    use = first.content[-1]
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "hé"}  # type: ignore[union-attr]
    answered = [{"role": "assistant", "content": first.to_dict()["content"]}, {"role": "user", "content": [result]}]
    assert ask(client, *answered, tools=TOOLS).content[0].text == "Done."  # type: ignore[union-attr]
    assert ask(client, *answered, tools=TOOLS).content[0].text == "Done."  # type: ignore[union-attr]
    more = [*answered, {"role": "assistant", "content": "Done."}, {"role": "user", "content": "and now?"}]
    end = ask(client, *more, tools=TOOLS)
    assert (end.content[0].text, end.stop_reason) == ("The rehearsed script ends here.", "end_turn")  # type: ignore[union-attr]
    assert [len(body["messages"]) for body in model.requests()] == [1, 3, 3, 5]


def test_a_reviewer_answers_in_json(client: anthropic.Anthropic) -> None:
    """Without tools, or asked for JSON, it reviews; a verdict may wait for words in the request."""
    assert json.loads(ask(client).content[0].text)["verdict"] == "request_changes"  # type: ignore[union-attr]
    second = {"role": "user", "content": "here is the second draft"}
    schema: Any = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    verdict = json.loads(ask(client, second, tools=TOOLS, output_config=schema).content[0].text)  # type: ignore[union-attr]
    assert verdict == {"verdict": "approve", "summary": "better", "findings": []}


def test_an_unknown_conversation_is_an_error(client: anthropic.Anthropic) -> None:
    """No script, no reply: 400, and the error names the scripts there are."""
    with pytest.raises(anthropic.BadRequestError, match=r"No rehearsed script matches .* \(scripts: greeting\)"):
        client.messages.create(model="claude-x", max_tokens=10, messages=[{"role": "user", "content": "hi"}])


def test_the_most_exact_script_is_followed(client: anthropic.Anthropic, model: Model) -> None:
    """Of those that fit, the one with the most strings to match."""
    model.scripts.append(script_from("exact", {"match": ["say", "hello"], "author": [{"say": "exactly"}]}))
    assert ask(client, tools=TOOLS).content[0].text == "exactly"  # type: ignore[union-attr]


@pytest.mark.parametrize("headers", [{"x-api-key": "the-key"}, {"authorization": "Bearer the-key"}])
def test_either_header_is_taken(model: Model, headers: dict[str, str]) -> None:
    """x-api-key and Authorization."""
    assert httpx.get(f"{model.url}/v1/models", headers=headers).json()["data"][0]["type"] == "model"


def test_a_wrong_key(client: anthropic.Anthropic, model: Model) -> None:
    """401 in the API's shape, which the client reads."""
    with pytest.raises(anthropic.AuthenticationError) as refused:
        ask(client.with_options(api_key="wrong"))
    assert refused.value.body == {
        "type": "error",
        "error": {"type": "authentication_error", "message": "invalid x-api-key"},
        "request_id": refused.value.request_id,
    }
    assert httpx.get(f"{model.url}/v1/models").status_code == 401


def test_models_are_listed_and_found(client: anthropic.Anthropic) -> None:
    """The list has the current ones; any id is found."""
    assert "claude-opus-5-5" in [one.id for one in client.models.list()]
    assert client.models.retrieve("claude-next").id == "claude-next"


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([{"role": "user", "content": ""}], "non-empty"),
        ([{"role": "assistant", "content": "hi"}], "at least one user message"),
        (
            [
                {"role": "user", "content": "say hello"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "bash", "input": {}}]},
                {"role": "user", "content": "no result"},
            ],
            "`tool_use` ids were found without `tool_result` blocks immediately after: t1",
        ),
        (
            [
                {"role": "user", "content": "say hello"},
                {"role": "assistant", "content": "no call"},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]},
            ],
            "unexpected `tool_use_id`",
        ),
    ],
)
def test_what_the_real_api_refuses_is_refused(client: anthropic.Anthropic, messages: list[Any], complaint: str) -> None:
    """Empty content, no user, a tool call without its result, a result without its call."""
    with pytest.raises(anthropic.BadRequestError, match=complaint):
        client.messages.create(model="claude-x", max_tokens=10, messages=messages)


def test_a_system_message_among_the_messages_is_taken(client: anthropic.Anthropic) -> None:
    """Claude Code sends them."""
    assert ask(client, {"role": "system", "content": "be kind"}, tools=TOOLS).stop_reason == "tool_use"


def test_max_tokens_is_obeyed(client: anthropic.Anthropic) -> None:
    """A reply that does not fit is cut and says so."""
    reply = ask(client, tools=TOOLS, max_tokens=60)
    assert (reply.stop_reason, [block.type for block in reply.content]) == ("max_tokens", ["thinking", "text"])
    assert reply.usage.output_tokens <= 70


@pytest.mark.parametrize(
    ("kind", "status", "error", "code"),
    [
        ("rate_limit", 429, anthropic.RateLimitError, None),
        ("spend_limit", 429, anthropic.RateLimitError, "enforced_spend_limit_reached"),
        ("server_error", 500, anthropic.InternalServerError, None),
        ("overloaded", 529, anthropic.OverloadedError, None),
        ("authentication", 401, anthropic.AuthenticationError, None),
        ("billing", 402, anthropic.PaymentRequiredError, None),
        ("permission", 403, anthropic.PermissionDeniedError, None),
    ],
)
def test_errors_on_demand(
    client: anthropic.Anthropic,
    model: Model,
    kind: Any,
    status: int,
    error: type[anthropic.APIStatusError],
    code: str | None,
) -> None:
    """Each comes once as the client's own exception, with its code and its retry-after."""
    model.mishap(Mishap(kind, retry_after=3))
    with pytest.raises(error) as raised:
        ask(client, tools=TOOLS)
    assert (raised.value.status_code, raised.value.error_code) == (status, code)
    assert raised.value.response.headers["retry-after"] == "3"
    assert ask(client, tools=TOOLS).stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("kind", "reason", "types"),
    [
        ("refusal", "refusal", []),
        ("empty", "end_turn", []),
        ("max_tokens", "max_tokens", ["text"]),
        ("model_context_window_exceeded", "model_context_window_exceeded", ["text"]),
        ("pause_turn", "pause_turn", ["text"]),
        ("unknown_tool", "tool_use", ["tool_use"]),
        ("malformed_input", "tool_use", ["tool_use"]),
        ("delay", "tool_use", ["thinking", "text", "tool_use"]),
    ],
)
def test_odd_answers_on_demand(
    client: anthropic.Anthropic, model: Model, kind: Any, reason: str, types: list[str]
) -> None:
    """Each stop reason and odd answer comes when it is ordered, streamed too."""
    model.mishap(Mishap(kind, times=2))
    for reply in (ask(client, tools=TOOLS), streamed(client)):
        assert (reply.stop_reason, [block.type for block in reply.content]) == (reason, types)


def test_a_stream_that_breaks(client: anthropic.Anthropic, model: Model) -> None:
    """The connection ends in the middle; the next one is whole. Not streamed, there is no answer at all."""
    model.mishap(Mishap("broken_stream", times=2))
    with pytest.raises(Exception, match=r"(?i)closed|reset|disconnected|incomplete|read"):
        streamed(client)
    with pytest.raises(anthropic.APIConnectionError):
        ask(client, tools=TOOLS)
    assert streamed(client).stop_reason == "tool_use"


def test_a_mishap_can_wait_for_a_role_and_a_turn(client: anthropic.Anthropic, model: Model) -> None:
    """Others go on undisturbed until it is met."""
    model.mishap(Mishap("overloaded", role="reviewer", turn=0))
    assert ask(client, tools=TOOLS).stop_reason == "tool_use"
    with pytest.raises(anthropic.OverloadedError):
        ask(client)


def test_each_role_has_its_own_lines(client: anthropic.Anthropic, model: Model) -> None:
    """Who plans is asked for shares in JSON; who does a part is told so, and each part has turns of its own."""
    schema = {"type": "object", "properties": {"shares": {"type": "array"}}}
    plan = ask(client, output_config={"format": {"type": "json_schema", "schema": schema}})
    assert json.loads(plan.content[0].text)["shares"][0]["specialist"] == "docs"  # type: ignore[union-attr]
    told = "say hello. You do one part of this issue"
    for words, said in ((f"{told}, in French", "bonjour"), (told, "hola")):
        first: Any = {"role": "user", "content": words}
        reply = client.messages.create(model="claude-x", max_tokens=2000, tools=TOOLS, messages=[first])
        assert reply.content[0].text == said  # type: ignore[union-attr]
    model.mishap(Mishap(kind="refusal", role="share"))
    assert ask(client, tools=TOOLS).stop_reason == "tool_use"


def test_without_a_plan_nothing_is_split(client: anthropic.Anthropic, model: Model) -> None:
    """Scripts of issues that don't split need not say so."""
    model.scripts[:] = [script_from("plain", {"match": ["say hello"], "author": [{"say": "hello"}]})]
    schema = {"type": "object", "properties": {"shares": {"type": "array"}}}
    plan = ask(client, output_config={"format": {"type": "json_schema", "schema": schema}})
    assert json.loads(plan.content[0].text)["shares"] == []  # type: ignore[union-attr]
