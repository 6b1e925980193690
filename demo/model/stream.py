"""A reply as server-sent events, in the API's order."""

import json
from collections.abc import Iterator
from typing import Any

from demo.model.reply import Reply

Json = dict[str, Any]
_PIECE = 48


def events(reply: Reply) -> Iterator[bytes]:
    """message_start, ping, each block, message_delta, message_stop."""
    started = reply.shape() | {"content": [], "stop_reason": None, "usage": reply.usage.shape(1)}
    yield _event("message_start", message=started)
    yield _event("ping")
    for index, block in enumerate(reply.content):
        yield from _block(index, block)
    delta = {"stop_reason": reply.stop_reason, "stop_sequence": None, "stop_details": None}
    yield _event("message_delta", delta=delta, usage=reply.usage.shape(reply.output_tokens))
    yield _event("message_stop")


def _block(index: int, block: Json) -> Iterator[bytes]:
    start, deltas = _parts(block)
    yield _event("content_block_start", index=index, content_block=start)
    for delta in deltas:
        yield _event("content_block_delta", index=index, delta=delta)
    yield _event("content_block_stop", index=index)


def _parts(block: Json) -> tuple[Json, list[Json]]:
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    if block["type"] == "thinking":
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return block | {"thinking": "", "signature": ""}, [*thoughts, signed]
    given = json.dumps(block["input"], ensure_ascii=False)
    pieces = ["", *_pieces(given)]
    return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _pieces(text: str) -> list[str]:
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields}, ensure_ascii=False)}\n\n".encode()
