"""Whether the agent goes round in circles. The thresholds are those of OpenHands' detector."""

import json
from collections.abc import Sequence

from agents.messages import calls_in
from domain.conversation import Message
from domain.frozen import Frozen

_WINDOW = 20
_EQUAL_PAIRS = 4
_EQUAL_ERRORS = 3
_MONOLOGUES = 3
_ALTERNATIONS = 6


class Event(Frozen):
    """A tool call with what came of it, or words without a call (`action` None)."""

    action: str | None = None
    result: str = ""
    error: bool = False


def is_stuck(messages: Sequence[Message]) -> bool:
    """Whether the last 20 events end in 4 equal pairs, 3 failures of one action, 3 monologues or 6 alternations."""
    recent = events(messages)[-_WINDOW:]
    return _repeats(recent) or _fails(recent) or _talks(recent) or _alternates(recent)


def events(messages: Sequence[Message]) -> list[Event]:
    """What happened, in order; calls without a result yet are left out."""
    results = {
        str(block.get("tool_use_id")): block
        for message in messages
        if message.role == "user"
        for block in message.content
        if block.get("type") == "tool_result"
    }
    found = []
    for message in messages:
        calls = calls_in(message)
        if message.role == "assistant" and not calls:
            found.append(Event())
        for call in calls:
            if call.id in results:
                came = results[call.id]
                action = f"{call.name} {json.dumps(call.input, sort_keys=True)}"
                error = bool(came.get("is_error"))
                found.append(Event(action=action, result=str(came.get("content")), error=error))
    return found


def _repeats(recent: list[Event]) -> bool:
    last = recent[-_EQUAL_PAIRS:]
    return len(last) == _EQUAL_PAIRS and last[0].action is not None and all(one == last[0] for one in last)


def _fails(recent: list[Event]) -> bool:
    last = recent[-_EQUAL_ERRORS:]
    return len(last) == _EQUAL_ERRORS and all(one.error and one.action == last[0].action for one in last)


def _talks(recent: list[Event]) -> bool:
    last = recent[-_MONOLOGUES:]
    return len(last) == _MONOLOGUES and all(one.action is None for one in last)


def _alternates(recent: list[Event]) -> bool:
    last = recent[-_ALTERNATIONS:]
    if len(last) < _ALTERNATIONS or any(one.action is None for one in last):
        return False
    return last[0] != last[1] and all(one == last[index % 2] for index, one in enumerate(last))
