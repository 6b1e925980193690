"""Asking a second specialist."""

from pathlib import Path
from typing import Any

import pytest

from agents.review import ReviewRound, choose_reviewer, review
from agents.specialist import Specialist
from domain.case import Limits
from domain.change import Change, FileChange
from domain.errors import Transient
from domain.receipt import Receipt, Tally
from domain.review import Review
from domain.routing import Routing, Score
from domain.spend import Spend
from domain.transcript import RoundKey

NAMES = ("backend", "docs", "testing")
TEAM = tuple(Specialist(name=name, title=name.title(), checklist=("Look.",), prompt="p") for name in NAMES)
CHANGE = Change(
    base_sha="0" * 40,
    tree="1" * 40,
    diff="--- a/cart.py\n+++ b/cart.py\n@@ -1 +1 @@\n-0\n+<!-- sum -->\n",
    files=(FileChange(path="cart.py", status="modified", added=1, removed=1),),
)
RECEIPT = Receipt(
    command="pytest", base=Tally(failed=1), head=Tally(passed=1), fixed=("t::a",), green=True, proven=True
)
APPROVED = '{"verdict": "approve", "summary": "Fine.", "findings": []}'


async def ask(bench: Any, *script: Any) -> ReviewRound:
    """A review by the testing specialist; all of the script must be used."""
    bench.model.script = list(script)
    given = (bench.case, TEAM[2], CHANGE, RECEIPT, "Use tabs.", bench.model, bench.budget, bench.checkpoints)
    came = await review(*given, RoundKey(task_id=bench.case.id, attempt=1, round=0, role="reviewer"))
    assert (bench.model.script, bench.budget.open) == ([], {})
    return came


async def test_a_review_is_asked_for_once(bench: Any) -> None:
    """Its cost and the model's time come with it."""
    came = await ask(bench, bench.says(APPROVED))
    assert came == ReviewRound(
        review=Review(agent="testing", verdict="approve", summary="Fine."),
        spend=Spend(cost_usd=0.01, calls=1, input_tokens=100, output_tokens=10),
        model_s=0.5,
    )


async def test_a_review_that_was_paid_for_is_not_asked_for_again(bench: Any) -> None:
    """After a crash the same verdict and its cost come from the checkpoint."""
    first = await ask(bench, bench.says(APPROVED))
    assert await ask(bench) == first


async def test_the_reviewer_sees_issue_rules_receipt_and_diff(bench: Any) -> None:
    """In a fresh context, without tools, with the form of the answer."""
    await ask(bench, bench.says(APPROVED))
    query = bench.model.queries[0]
    path = Path(__file__).parent / "snapshots" / "review.md"
    text = query.messages[0].content[0]["text"] + "\n"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail("the snapshot was written: read it and run again")
    assert text == path.read_text(encoding="utf-8")
    assert (query.tools, len(query.messages), query.json_schema["required"]) == (
        (),
        1,
        ["verdict", "summary", "findings"],
    )


async def test_an_answer_that_cannot_be_read_is_asked_for_once_more(bench: Any) -> None:
    """A tool call or prose is no review; both calls are counted."""
    came = await ask(bench, bench.calls(("bash", {"command": "ls"})), bench.says(APPROVED))
    assert (came.review.verdict, came.spend.calls) == ("approve", 2)
    assert len(bench.model.queries[1].messages[0].content) == 2


async def test_after_two_such_answers_there_is_no_review(bench: Any) -> None:
    """What they cost is still told."""
    assert await ask(bench, bench.says("Looks good!"), bench.says("Really.")) == ReviewRound(
        review=None, spend=Spend(cost_usd=0.02, calls=2, input_tokens=200, output_tokens=20), model_s=1.0
    )


async def test_without_money_there_is_no_review(bench: Any) -> None:
    """No call is made."""
    bench.limits = Limits(max_cost_usd=0.005)
    assert await ask(bench) == ReviewRound(review=None)


async def test_a_service_that_is_down_is_a_retry(bench: Any) -> None:
    """The task above knows when."""
    with pytest.raises(Transient):
        await ask(bench, Transient("overloaded"))


@pytest.mark.parametrize(
    ("scores", "primary", "reviewer"),
    [
        (("backend", "testing", "docs"), "backend", "testing"),
        (("docs", "backend"), "backend", "docs"),
        (("gone", "backend"), "backend", "docs"),
        ((), "testing", "backend"),
    ],
)
def test_the_best_other_specialist_reviews(scores: tuple[str, ...], primary: str, reviewer: str) -> None:
    """Those that are disabled don't."""
    routing = Routing(
        primary=primary, secondary=(), scores=tuple(Score(agent=n, score=0.5, reasons=()) for n in scores)
    )
    assert choose_reviewer(routing, TEAM).name == reviewer


def test_a_team_of_one_reviews_itself() -> None:
    """In a fresh context, which is better than no review."""
    assert choose_reviewer(Routing(primary="backend", secondary=(), scores=()), TEAM[:1]) == TEAM[0]
