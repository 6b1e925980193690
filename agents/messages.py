"""Building and reading the conversation. Blocks are those of the Messages API.

The assistant's words are kept as they came (thinking blocks carry signatures); only lone surrogates,
which no UTF-8 can hold, are replaced.
"""

from collections.abc import Sequence
from typing import Any

from agents.tools.answer import Answer
from domain.conversation import Block, Message, ToolCall

CLEARED = "[cleared]"
KEPT_RESULTS = 8
_SILENT = {"thinking", "redacted_thinking"}


def text(words: str) -> Block:
    """A text block."""
    return {"type": "text", "text": words}


def result(call: ToolCall, answer: Answer) -> Block:
    """The block that answers a tool call."""
    block: Block = {"type": "tool_result", "tool_use_id": call.id, "content": encodable(answer.text)}
    return block | {"is_error": True} if answer.error else block


def encodable(value: Any) -> Any:
    """The same JSON value with every lone surrogate replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") if not _is_clean(value) else value
    if isinstance(value, dict):
        return {encodable(key): encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(item) for item in value]
    return value


def _is_clean(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def calls_in(message: Message) -> tuple[ToolCall, ...]:
    """The tools that a message asks for; input that is no object counts as empty."""
    found = []
    for block in message.content:
        if message.role == "assistant" and block.get("type") == "tool_use" and block.get("id"):
            given = block.get("input")
            clean = given if isinstance(given, dict) else {}
            found.append(ToolCall(id=str(block["id"]), name=str(block.get("name", "")), input=clean))
    return tuple(found)


def says_something(message: Message) -> bool:
    """Whether anything but thought and white space is in it; only such a message can be sent back."""
    return any(
        str(block.get("text", "")).strip() if block.get("type") == "text" else block.get("type") not in _SILENT
        for block in message.content
    )


def unanswered(messages: Sequence[Message]) -> tuple[ToolCall, ...]:
    """The tool calls at the end of the conversation that have no result yet."""
    return calls_in(messages[-1]) if messages else ()


def heard(messages: tuple[Message, ...], message: Message) -> tuple[Message, ...]:
    """The conversation with the assistant's next message."""
    return (*messages, message.model_copy(update={"content": tuple(encodable(block) for block in message.content)}))


def told(messages: tuple[Message, ...], *blocks: Block) -> tuple[Message, ...]:
    """The conversation with more from the user; words join a user message that is already the last."""
    if messages and messages[-1].role == "user":
        last = messages[-1]
        return (*messages[:-1], last.model_copy(update={"content": (*last.content, *blocks)}))
    return (*messages, Message(role="user", content=blocks))


def cleared(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The conversation with all but the newest tool results emptied. Their blocks must stay: each answers a call."""
    seen = 0
    newest_first = []
    for message in reversed(messages):
        content = []
        for block in reversed(message.content):
            seen += block.get("type") == "tool_result"
            old = block.get("type") == "tool_result" and seen > KEPT_RESULTS
            content.append(block | {"content": CLEARED} if old else block)
        newest_first.append(message.model_copy(update={"content": tuple(reversed(content))}))
    return tuple(reversed(newest_first))
