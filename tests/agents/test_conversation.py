"""Whatever a model answers, and wherever the work is interrupted, the conversation stays one that can be sent."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.limits import Stop
from domain.case import Limits
from domain.conversation import Query, Reply
from domain.errors import Transient

CALLS = st.sampled_from(
    [
        ("bash", {"command": "echo x >> log"}),
        ("bash", {"command": "vim"}),
        ("bash", {}),
        ("bash", "ls"),
        ("str_replace_based_edit_tool", {"command": "view", "path": "cart.py"}),
        ("str_replace_based_edit_tool", {"command": "insert", "path": "cart.py", "insert_line": 0, "insert_text": "#"}),
        ("submit", {"title": "T"}),
        ("submit", {"kind": "needs_information"}),
        ("teleport", {}),
    ]
)
BLOCKS = st.one_of(
    CALLS,
    st.sampled_from([{"type": "text", "text": "Hm."}, {"type": "thinking", "thinking": "t", "signature": "s"}]),
)
STOPS = st.sampled_from(["end_turn", "max_tokens", "tool_use", "pause_turn", "model_context_window_exceeded"])
REPLIES = st.tuples(st.lists(BLOCKS, max_size=3), STOPS)
FAILURE = st.just("fails")


@given(script=st.lists(REPLIES | FAILURE, min_size=1, max_size=14))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_script_ends_in_a_named_stop(benches: Callable[[], Any], script: list[Any]) -> None:
    """The scripted model refuses what the Messages API would refuse; failures are gone on from; nothing is lost."""
    bench = benches()
    bench.limits = Limits(max_steps=20)
    answered: list[Reply] = []

    def play(query: Query) -> Reply:
        if not script:
            return bench.says("Nothing more.", stop="refusal")
        turn = script.pop(0)
        if turn == "fails":
            raise Transient("overloaded")
        blocks, stop = turn
        made = [b if isinstance(b, dict) else bench.calls(b).message.content[0] for b in blocks]
        answered.append(bench.reply(*made, stop=stop))
        return answered[-1]

    bench.model.endless = play
    transcript = None
    while transcript is None:
        with contextlib.suppress(Transient):
            transcript = asyncio.run(bench.work())
    assert transcript.stop in set(Stop)
    assert transcript.steps in {len(answered), len(answered) + 1}
    assert len(bench.budget.booked) >= transcript.steps
