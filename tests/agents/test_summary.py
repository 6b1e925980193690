"""A conversation that is too long even without its old results goes on from its author's own notes."""

from typing import Any

from domain.case import Limits
from domain.errors import ModelRejected

_TOO_LONG = ModelRejected("Claude rejected the request: prompt is too long: 250000 tokens > 200000 maximum")
_NOTES = "The cause is in cart.py. Left: hand in."


async def test_notes_take_the_place_of_what_was_said(bench: Any) -> None:
    """Nothing is left to clear, so the model writes notes, once and paid, and goes on from opening and notes."""
    transcript = await bench.work(
        bench.bash("echo found it"), bench.fix(), _TOO_LONG, bench.says(_NOTES), bench.submit(), bench.submit()
    )
    assert (transcript.stop, transcript.summarised) == ("submitted", True)
    assert (transcript.steps, transcript.spend.cost_usd) == (5, 0.05)
    opening, notes = bench.told(transcript.messages[0])
    assert opening == "Solve it."
    assert _NOTES in notes
    assert notes.startswith("[You have worked on this for 3 steps already.")
    assert "You have called `submit` once" not in notes
    assert [message.role for message in transcript.messages] == ["user", "assistant", "user", "assistant", "user"]
    assert sum(bench.budget.booked) == 0.05


async def test_the_notes_are_asked_for_with_a_record_that_fits(bench: Any) -> None:
    """No tools, the same system, and everything said as short text between fences: data, not a conversation."""
    long = bench.bash("printf 'x%.0s' {1..9000}; echo END")
    await bench.work(long, bench.fix(), _TOO_LONG, bench.says(_NOTES), bench.submit(), bench.submit())
    asked = bench.model.queries[3]
    assert (asked.tools, asked.system, len(asked.messages)) == ((), "You are an agent.", 1)
    opening, record = bench.told(asked.messages[0])
    assert opening == "Solve it."
    assert 'you call bash: {"command": "printf' in record
    assert "characters left out" in record
    assert "END\n[exit code 0]" in record
    assert "you call str_replace_based_edit_tool" in record
    assert len(record) < 5_000


async def test_old_results_are_cleared_before_notes_are_asked_for(bench: Any) -> None:
    """Clearing costs nothing; only when the prompt is still too long the model is asked."""
    steps = [bench.bash(f"echo {number}") for number in range(10)]
    full = bench.reply(stop="model_context_window_exceeded")
    transcript = await bench.work(
        *steps, bench.fix(), full, _TOO_LONG, bench.says(_NOTES), bench.submit(), bench.submit()
    )
    assert (transcript.stop, transcript.summarised) == ("submitted", True)
    again = bench.model.queries[12]
    assert [bench.results(message) for message in again.messages[2:5:2]] == [["[cleared]"], ["[cleared]"]]


async def test_a_submit_that_waits_for_its_second_time_is_not_forgotten(bench: Any) -> None:
    """The notes say so, and the next submit ends the round."""
    transcript = await bench.work(bench.fix(), bench.submit(), _TOO_LONG, bench.says(_NOTES), bench.submit())
    assert transcript.stop == "submitted"
    assert "You have called `submit` once" in bench.told(transcript.messages[0])[1]


async def test_a_round_interrupted_after_the_notes_goes_on_from_them(bench: Any) -> None:
    """They are paid for, so they are on disk before the next question."""
    try:
        await bench.work(bench.fix(), _TOO_LONG, bench.says(_NOTES), KeyboardInterrupt())
    except KeyboardInterrupt:
        saved = await bench.checkpoints.load(bench.key())
    assert (saved.summarised, saved.steps, len(saved.messages)) == (True, 2, 1)
    bench.budget.open.clear()
    transcript = await bench.work(bench.submit(), bench.submit())
    assert transcript.stop == "submitted"
    assert _NOTES in bench.told(transcript.messages[0])[1]


async def test_an_opening_that_is_too_long_ends_the_round(bench: Any) -> None:
    """There is nothing to leave out, also right after the notes."""
    assert (await bench.work(_TOO_LONG)).stop == "context_full"
    again = await bench.work(bench.bash("echo"), _TOO_LONG, bench.says(_NOTES), _TOO_LONG, number=5)
    assert (again.stop, again.steps) == ("context_full", 2)


async def test_notes_that_do_not_come_end_the_round(benches: Any) -> None:
    """Refused, empty, or too long to be asked for: the stop has its name, and what was paid is booked."""
    for answer, booked in (
        (lambda bench: bench.says("No.", stop="refusal"), [0.01, 0.0, 0.01]),
        (lambda bench: bench.reply(), [0.01, 0.0, 0.01]),
        (lambda bench: _TOO_LONG, [0.01, 0.0, 0.0]),
    ):
        bench = benches()
        transcript = await bench.work(bench.fix(), _TOO_LONG, answer(bench))
        assert (transcript.stop, bench.budget.booked) == ("context_full", booked)


async def test_notes_are_paid_within_the_budget(bench: Any) -> None:
    """When others have spent the day's money meanwhile, the round ends with its files on record."""

    def late(query: Any) -> Any:
        bench.budget.spent_by_others = 49.99
        raise _TOO_LONG

    transcript = await bench.work(bench.fix(), late)
    assert transcript.stop == "daily_budget"
    assert transcript.tree == (await bench.workspaces.snapshot(None)).tree


async def test_notes_count_as_a_step(bench: Any) -> None:
    """At the step limit no notes are asked for."""
    bench.limits = Limits(max_steps=3)
    transcript = await bench.work(bench.bash("echo 1"), bench.bash("echo 2"), _TOO_LONG, bench.says(_NOTES))
    assert (transcript.stop, transcript.steps) == ("step_limit", 3)
