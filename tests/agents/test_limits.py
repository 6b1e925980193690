"""Limits of an attempt: what counts, when a round stops, when it is told to wrap up."""

from typing import Any

import pytest

from agents.limits import Stop, Stopped, Used, check, command_seconds, near_the_end
from domain.case import Limits
from domain.spend import Spend
from domain.transcript import Transcript

LIMITS = Limits(max_cost_usd=2.0, max_steps=10, max_seconds=100, command_seconds=30)


def test_rounds_are_added_up() -> None:
    """The limits hold for the attempt, so every round of it counts."""
    rounds = [Transcript(steps=3, seconds=10.0, spend=Spend(cost_usd=0.5)), Transcript(steps=1, seconds=2.5)]
    assert Used.by(rounds) == Used(steps=4, seconds=12.5, cost_usd=0.5)


@pytest.mark.parametrize(
    ("used", "stop"),
    [(Used(steps=10), Stop.STEP_LIMIT), (Used(seconds=100.0), Stop.TIME_LIMIT), (Used(steps=9, seconds=99.9), None)],
)
def test_a_limit_that_is_reached_stops_the_round(used: Used, stop: Stop | None) -> None:
    """At the limit no step begins; just below it one does."""
    if stop is None:
        check(LIMITS, used)
        return
    with pytest.raises(Stopped) as stopped:
        check(LIMITS, used)
    assert stopped.value.stop is stop


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (Used(), None),
        (Used(steps=7, cost_usd=1.79, seconds=89.0), None),
        (Used(steps=8), "2 steps remain"),
        (Used(cost_usd=1.8), "less than 10 % of the money remains"),
        (Used(seconds=90.0), "less than 10 % of the time remains"),
    ],
)
def test_the_end_is_near_at_two_steps_or_a_tenth(used: Used, words: str | None) -> None:
    """Two steps are what handing in takes."""
    assert near_the_end(LIMITS, used) == words


@pytest.mark.parametrize(("seconds", "left"), [(0.0, 30.0), (80.0, 20.0), (99.9, 1.0)])
def test_a_command_may_not_outlive_the_round(seconds: float, left: float) -> None:
    """It gets what is left, but at least a second."""
    assert command_seconds(LIMITS, Used(seconds=seconds)) == left


async def test_the_step_limit_ends_a_round_after_a_warning(bench: Any) -> None:
    """The warning comes once, in the newest message, when two steps remain."""
    bench.limits = Limits(max_steps=4)
    transcript = await bench.work(*(bench.bash(f"echo {number}") for number in range(4)))
    assert (transcript.stop, transcript.steps) == ("step_limit", 4)
    warned = [bool(bench.told(message)) for message in transcript.messages if message.role == "user"]
    assert warned == [True, False, True, False, False]
    assert bench.told(transcript.messages[4])[0].startswith("[Limit: 2 steps remain.")


async def test_the_time_limit_counts_time_running(bench: Any) -> None:
    """The clock is looked at before each step."""
    bench.limits = Limits(max_seconds=60)

    def slow(query: Any) -> Any:
        bench.now += 61
        return bench.bash("echo late")

    transcript = await bench.work(slow)
    assert (transcript.stop, transcript.seconds) == ("time_limit", 61.0)


async def test_a_command_that_takes_too_long_is_told_to_the_model(bench: Any) -> None:
    """The shell goes on; the answer says that time ran out."""
    bench.limits = Limits(command_seconds=1)
    transcript = await bench.work(bench.bash("sleep 30"), bench.fix(), bench.submit(), bench.submit())
    assert bench.results(transcript.messages[2]) == [
        "(no output)\n[timed out after 1 s; all that it had started was killed]"
    ]
    assert transcript.messages[2].content[0]["is_error"] is True
