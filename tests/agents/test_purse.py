"""Money: reserved before each call, booked after it, never more than the cap."""

import asyncio
from typing import Any

import pytest

from agents.limits import Stop, Stopped
from agents.purse import Purse
from domain.case import Limits
from domain.conversation import Message, Query
from domain.errors import AnswerLost, ClusterError, ModelAccountError, ModelRejected, Transient

QUERY = Query(model="a-model", system="s", messages=(Message(role="user", content=({"type": "text", "text": "x"},)),))


def purse(bench: Any, *script: Any) -> Purse:
    """A purse over the bench's model and budget."""
    bench.model.script = list(script)
    return Purse(bench.model, bench.budget, bench.case, waits_s=(0.0, 0.01))


async def test_a_call_books_what_it_cost(bench: Any) -> None:
    """The worst case is given back."""
    await purse(bench, bench.bash("echo", usd=0.02)).ask(QUERY)
    assert (bench.budget.booked, bench.budget.open) == ([0.02], {})


async def test_a_call_that_was_refused_books_nothing(bench: Any) -> None:
    """Nobody served it."""
    with pytest.raises(Transient):
        await purse(bench, Transient("overloaded")).ask(QUERY)
    assert (bench.budget.booked, bench.budget.open) == ([0.0], {})


async def test_an_answer_that_was_lost_is_asked_for_again_from_money_of_its_own(bench: Any) -> None:
    """The lost ones are booked at their worst, since the service may have counted them, and the reply says so."""
    reply = await purse(bench, AnswerLost("broke off"), AnswerLost("late"), bench.bash("echo", usd=0.02)).ask(QUERY)
    assert bench.budget.booked == [pytest.approx(0.161), pytest.approx(0.161), 0.02]
    assert (reply.spend.calls, reply.spend.cost_usd) == (3, pytest.approx(0.342))
    assert bench.model.queries == [QUERY] * 3


async def test_answers_that_are_lost_every_time_are_handed_up(bench: Any) -> None:
    """Three in a row are no accident; each has booked its worst case."""
    with pytest.raises(AnswerLost, match="third"):
        await purse(bench, *map(AnswerLost, ("first", "second", "third"))).ask(QUERY)
    assert (bench.budget.booked, bench.budget.open) == ([pytest.approx(0.161)] * 3, {})


async def test_an_answer_that_was_lost_near_the_cap_is_not_asked_for_again(bench: Any) -> None:
    """What it may have cost is no longer there to be spent."""
    bench.limits = Limits(max_cost_usd=0.165)
    with pytest.raises(Stopped) as stopped:
        await purse(bench, AnswerLost("broke off")).ask(QUERY)
    assert stopped.value.stop is Stop.OVER_BUDGET
    assert bench.budget.booked == [pytest.approx(0.161)]


@pytest.mark.parametrize("error", [ModelRejected("unreadable"), ModelAccountError("revoked")])
async def test_a_failure_that_may_be_paid_books_its_worst_case(bench: Any, error: ClusterError) -> None:
    """Whatever its name: the service was at work when it came."""
    error.may_be_paid = True
    with pytest.raises(type(error)):
        await purse(bench, error).ask(QUERY)
    assert bench.budget.booked == [pytest.approx(0.161)]


async def test_a_call_that_was_cut_off_here_books_its_worst_case(bench: Any) -> None:
    """It may have been served, and a cap must hold."""
    with pytest.raises(asyncio.CancelledError):
        await purse(bench, asyncio.CancelledError()).ask(QUERY)
    assert bench.budget.booked == [pytest.approx(0.161)]


async def test_near_the_cap_the_answer_is_made_shorter(bench: Any) -> None:
    """The worst case of the shorter call fits into what is left."""
    bench.limits = Limits(max_cost_usd=0.05)
    await purse(bench, bench.bash("echo")).ask(QUERY)
    asked = bench.model.queries[0]
    assert asked == QUERY.model_copy(update={"max_tokens": 4_899})
    assert bench.model.worst_case_usd(asked) <= 0.05


@pytest.mark.parametrize(("cap", "others", "stop"), [(0.011, 0.0, Stop.OVER_BUDGET), (3.0, 49.99, Stop.DAILY_BUDGET)])
async def test_below_a_thousand_tokens_no_call_is_made(bench: Any, cap: float, others: float, stop: Stop) -> None:
    """Under the attempt's cap and the day's cap, which others spend from too."""
    bench.limits = Limits(max_cost_usd=cap, daily_cost_usd=50.0)
    bench.budget.spent_by_others = others
    with pytest.raises(Stopped) as stopped:
        await purse(bench).ask(QUERY)
    assert stopped.value.stop is stop
    assert bench.model.queries == []


async def test_a_round_stops_over_budget_with_its_files_on_record(bench: Any) -> None:
    """What was done until then can be salvaged, and the cap was not passed."""
    bench.limits = Limits(max_cost_usd=0.3)
    transcript = await bench.work(bench.fix(), bench.bash("echo 1", usd=0.14), bench.bash("echo 2", usd=0.14))
    assert transcript.stop == "over_budget"
    assert sum(bench.budget.booked) == pytest.approx(0.29)
    assert transcript.tree == (await bench.workspaces.snapshot(None)).tree
    assert bench.told(transcript.messages[6])[0].startswith("[Limit: less than 10 % of the money remains.")
