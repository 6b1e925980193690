"""Does the work split? Asked once, and taken whole or not at all."""

import json
from typing import Any

import pytest

from agents.plan import Land, PlanRound, known_plan, make_plan, read_plan
from agents.purse import Purse
from agents.specialist import Specialist
from domain.area import Area
from domain.case import Limits
from domain.errors import Transient
from domain.share import Part, Plan
from domain.spend import Spend
from domain.transcript import RoundKey

NAMES = ("backend", "docs", "frontend", "testing")
TEAM = tuple(Specialist(name=name, title=f"{name} specialist", prompt="p") for name in NAMES)
LAND = Land(paths=("cart.py", "docs/guide.md", "web/index.html", "ci/build.yml"), protected=("ci/build.yml",))
PART: dict[str, Any] = {"specialist": "docs", "paths": ["docs/"], "what": "Write the page."}
KEY = RoundKey(task_id="task-20260101-001", attempt=1, round=0, role="planner")


def _may_give(path: str) -> bool:
    return not path.startswith("secret")


def _said(*shares: dict[str, Any]) -> str:
    return json.dumps({"shares": shares, "reason": "They lie apart."})


async def ask(bench: Any, *script: Any) -> PlanRound:
    """A plan of the backend specialist, with docs and frontend free; all of the script must be used."""
    bench.model.script = list(script)
    purse = Purse(bench.model, bench.budget, bench.case)
    came = await make_plan(bench.case, TEAM[0], TEAM[1:3], LAND, _may_give, purse, bench.checkpoints, KEY)
    assert (bench.model.script, bench.budget.open) == ([], {})
    return came


async def test_a_plan_is_asked_for_once_and_kept(bench: Any) -> None:
    """Its cost comes with it; after a crash both come from the checkpoint."""
    assert await known_plan(bench.checkpoints, KEY) is None
    came = await ask(bench, bench.says(_said(PART)))
    part = Part(specialist="docs", area=Area(globs=("docs/",)), what="Write the page.")
    spend = Spend(cost_usd=0.01, calls=1, input_tokens=100, output_tokens=10)
    assert came == PlanRound(plan=Plan(parts=(part,), reason="They lie apart."), spend=spend, model_s=0.5)
    assert await known_plan(bench.checkpoints, KEY) == came


async def test_the_author_sees_the_issue_the_map_and_who_is_free(bench: Any) -> None:
    """And nobody else; the answer has a form, and there are no tools."""
    await ask(bench, bench.says(_said()))
    (query,) = bench.model.queries
    told = query.messages[0].content[0]["text"]
    assert "Total is always 0" in told
    assert "- docs: docs specialist" in told
    assert "- testing" not in told
    assert "docs/ (1 file)" in told
    assert "backend specialist" in query.system
    assert query.json_schema is not None
    assert not query.tools


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "could not be read"),
        ("I think we should split it.", "could not be read"),
        ("[]", "could not be read"),
        ('{"shares": null, "reason": ""}', "could not be read"),
        ('{"shares": ["docs"], "reason": ""}', "could not be read"),
        ("[" * 100_000, "could not be read"),
        (_said(PART | {"paths": []}), "could not be read"),
        (_said(PART | {"paths": "docs"}), "could not be read"),
        (_said(PART | {"paths": ["/etc"]}), "could not be read"),
        (_said(PART | {"paths": ["docs/../cart.py"]}), "could not be read"),
        (_said(PART | {"paths": [7]}), "could not be read"),
        (_said(PART | {"what": ""}), "could not be read"),
        (_said(PART | {"what": "  \n "}), "could not be read"),
        (_said(PART | {"what": 7}), "could not be read"),
        (_said(PART | {"specialist": None}), "could not be read"),
        (_said(PART | {"specialist": "testing"}), "testing is not one"),
        (_said(PART | {"specialist": "backend"}), "backend is not one"),
        (_said(PART, PART), "share a path"),
        (_said(PART, PART | {"specialist": "frontend", "paths": ["docs/new/*.md"]}), "share a path"),
        (_said(*(PART | {"paths": [f"d{number}"]} for number in range(4))), "more than 3"),
        (_said(PART | {"paths": ["ci"]}), "protected"),
        (_said(PART | {"paths": ["*/build.yml"]}), "protected"),
        (_said(PART | {"paths": ["secrets/new"]}), "protected"),
        (_said(PART | {"paths": ["**"]}), "protected"),
    ],
)
def test_what_is_wrong_with_a_part_means_that_nothing_is_split(words: str, reason: str) -> None:
    """The author does it all, and the plan says why."""
    plan = read_plan(words, ("docs", "frontend"), LAND, _may_give)
    assert plan.parts == ()
    assert reason in plan.reason


@pytest.mark.parametrize("paths", [["**/*"], ["*"], ["cart.py", "docs", "web"]])
def test_something_is_left_for_the_author(paths: list[str]) -> None:
    """A plan that gives everything away is none."""
    land = Land(paths=("cart.py", "docs/guide.md", "web/index.html"))
    assert read_plan(_said(PART | {"paths": paths}), ("docs",), land, _may_give).reason.startswith("nothing would be")


def test_parts_may_be_of_files_that_are_not_there_yet() -> None:
    """Two parts of one specialist too, where they lie apart."""
    words = _said(PART | {"paths": ["manual/new.md"]}, PART | {"paths": ["docs/*.md"]})
    plan = read_plan(words, ("docs",), LAND, _may_give)
    assert [one.places for one in plan.parts] == ["manual/new.md", "docs/*.md"]


async def test_without_money_nothing_is_planned(bench: Any) -> None:
    """The author's own work meets the same limit and says so."""
    bench.limits = Limits(max_cost_usd=0.001)
    assert await ask(bench) == PlanRound()
    assert await known_plan(bench.checkpoints, KEY) is None


async def test_an_answer_that_is_bad_is_paid_once(bench: Any) -> None:
    """It is not asked for again, not after a crash either; one that never came is."""
    with pytest.raises(Transient):
        await ask(bench, Transient("away"))
    came = await ask(bench, bench.calls(("bash", {"command": "ls"})))
    assert (came.plan.parts, came.spend.calls) == ((), 1)
    assert await known_plan(bench.checkpoints, KEY) == came
