"""Going round in circles."""

from typing import Any

import pytest

from agents.stuck import Event, events, is_stuck
from domain.conversation import Message


def talk(*pairs: tuple[str, str, bool] | str) -> list[Message]:
    """A conversation of (command, result, error) triples and words."""
    messages: list[Message] = []
    for number, pair in enumerate(pairs):
        if isinstance(pair, str):
            messages.append(Message(role="assistant", content=({"type": "text", "text": pair},)))
            continue
        command, result, error = pair
        call: dict[str, Any] = {"type": "tool_use", "id": f"t{number}", "name": "bash", "input": {"command": command}}
        came = {"type": "tool_result", "tool_use_id": f"t{number}", "content": result, "is_error": error}
        messages += [Message(role="assistant", content=(call,)), Message(role="user", content=(came,))]
    return messages


SAME = ("ls", "a", False)
FAIL = ("x", "no", True)


@pytest.mark.parametrize(
    ("pairs", "stuck"),
    [
        ([SAME] * 3, False),
        ([SAME] * 4, True),
        ([*[SAME] * 3, ("ls", "b", False)], False),
        ([FAIL] * 2, False),
        ([FAIL, ("x", "other", True), FAIL], True),
        ([FAIL, ("y", "no", True), FAIL], False),
        (["a", "b"], False),
        (["a", "b", "c"], True),
        (["a", "b", SAME], False),
        ([SAME, FAIL] * 2, False),
        ([SAME, ("pwd", "/", False)] * 3, True),
        ([*[SAME] * 4, ("pwd", "/", False)], False),
        ([], False),
    ],
)
def test_the_last_events_decide(pairs: list[Any], stuck: bool) -> None:
    """4 equal pairs, 3 failures of one action, 3 monologues, 6 alternations; what came before is over."""
    assert is_stuck(talk(*pairs)) is stuck


def test_a_call_without_a_result_is_no_event_yet() -> None:
    """Only what came of it can be compared."""
    messages = talk(SAME, FAIL)
    assert events(messages[:-1]) == [Event(action='bash {"command": "ls"}', result="a")]
