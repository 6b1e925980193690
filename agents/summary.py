"""When clearing is not enough: the author's own notes take the place of a conversation that is too long."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from agents.limits import Stop, Stopped
from agents.messages import encodable, text
from agents.purse import Purse
from agents.render import render
from agents.tools.cut import head, head_and_tail
from domain.conversation import Block, Message, Query, Reply
from domain.errors import ModelRejected

TOO_LONG = "prompt is too long"  # the service's words
_MOST_RECORD = 100_000  # characters: fewer tokens than the smallest context, in any script
_MOST_RESULT = 2_000
_MOST_INPUT = 1_000
_MOST_TOKENS = 6_000


async def summarise(purse: Purse, system: str, opening: str, messages: Sequence[Message]) -> Reply:
    """Ask once, within the budget, for notes on everything said so far; without tools, so that nothing happens.

    Raises:
        Stopped: context_full, when nothing was said that could be left out or the opening itself is too
            long; over_budget or daily_budget, when the notes can't be paid.
    """
    if not any(message.role == "assistant" for message in messages):
        raise Stopped(Stop.CONTEXT_FULL)
    told = record(messages)
    fence = hashlib.sha256(told.encode()).hexdigest()[:12]
    ask = Message(role="user", content=(text(opening), text(render("summarise", record=told, fence=fence))))
    query = Query(model=purse.case.model, system=system, messages=(ask,), max_tokens=_MOST_TOKENS)
    try:
        return await purse.ask(query)
    except ModelRejected as refused:
        if TOO_LONG in refused.reason:
            raise Stopped(Stop.CONTEXT_FULL) from refused
        raise


def notes_of(reply: Reply) -> str:
    """What the model wrote, cut off or not. Raises `Stopped` (context_full) if there is nothing to go on from."""
    words = "" if reply.stop_reason == "refusal" else reply.text.strip()
    if not words:
        raise Stopped(Stop.CONTEXT_FULL)
    return str(encodable(words))


def record(messages: Sequence[Message]) -> str:
    """The conversation after its opening as plain text, shortened in the middle; thoughts are left out."""
    lines = [line for message in messages for block in message.content for line in _lines(message.role, block)]
    return head_and_tail(str(encodable("\n".join(lines[1:]))), _MOST_RECORD)


def _lines(role: str, block: Block) -> Iterator[str]:
    kind = block.get("type")
    if kind == "text":
        yield f"{'you' if role == 'assistant' else 'told'}: {block.get('text', '')}"
    elif kind == "tool_use":
        given = json.dumps(block.get("input"), ensure_ascii=False)
        yield f"you call {block.get('name')}: {head(given, _MOST_INPUT)}"
    elif kind == "tool_result":
        yield f"result: {head_and_tail(str(block.get('content', '')), _MOST_RESULT)}"
