"""A query as the parameters of `messages.create`, and how many tokens it may count."""

import json
import math
from typing import Any

from domain.conversation import Block, Message, Query

# Measured text: English prose 4 bytes a token, dense code 2.7-3, hexadecimal 2. Japanese takes up to
# 1.5 tokens a character, which is 3 bytes of UTF-8. The allowance covers what the API adds for tools.
_ASCII_BYTES_A_TOKEN = 2.5
_OTHER_BYTES_A_TOKEN = 2.0
_TOKENS_THE_API_ADDS = 1_000


def parameters(query: Query) -> dict[str, Any]:
    """The body of POST /v1/messages; the same query always gives the same bytes, so the cache holds."""
    body: dict[str, Any] = {
        "model": query.model,
        "max_tokens": query.max_tokens,
        "messages": [{"role": turn.role, "content": _sendable(turn)} for turn in query.messages],
        "thinking": {"type": "adaptive"},
        "cache_control": {"type": "ephemeral"},
    }
    if query.system:
        body["system"] = query.system
    if query.tools:
        body["tools"] = list(query.tools)
    output: dict[str, Any] = {}
    if query.effort:
        output["effort"] = query.effort
    if query.json_schema is not None:
        output["format"] = {"type": "json_schema", "schema": query.json_schema}
    if output:
        body["output_config"] = output
    return body if _encodable(body) else _cleaned(body)


def most_input_tokens(query: Query) -> int:
    """An upper estimate of the input tokens, cached or not, from the bytes of the body."""
    text = json.dumps(parameters(query), ensure_ascii=False)
    total = len(text.encode())
    ascii_bytes = len(text.encode("ascii", "ignore"))
    other_bytes = total - ascii_bytes
    return math.ceil(ascii_bytes / _ASCII_BYTES_A_TOKEN + other_bytes / _OTHER_BYTES_A_TOKEN) + _TOKENS_THE_API_ADDS


def _sendable(turn: Message) -> list[Block]:
    """Its blocks without blank texts: the API may say one beside a tool call, but takes none."""
    return [block for block in turn.content if block.get("type") != "text" or str(block.get("text", "")).strip()]


def _encodable(body: dict[str, Any]) -> bool:
    try:
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


def _cleaned(value: Any) -> Any:
    """Without lone surrogates and non-finite numbers: tool output is hostile, and JSON in UTF-8 has neither."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value
