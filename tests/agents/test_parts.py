"""What the author of the whole and the specialists of its parts are told of each other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.job import Job, next_round
from agents.parts import for_part, given_back, with_joined, with_parts
from agents.review import choose_reviewer
from agents.specialist import Specialist
from domain.area import Area
from domain.errors import Transient
from domain.routing import Routing, Score
from domain.share import Part, Share


def _share(number: int = 1, **more: Any) -> Share:
    """An offered part in a folder of its own."""
    part = Part(specialist="docs", area=Area(globs=(f"docs{number}/",)), what=f"Write page {number}.")
    fields = {"task_id": "task-20260101-001", "attempt": 1, "number": number, "pool": "docs", "state": "offered"}
    return Share.model_validate({**fields, "part": part, "offered": datetime(2026, 1, 1, tzinfo=UTC), **more})


class MemoryShares:
    """The port `GivenBack` over a list; `away` makes the next look fail."""

    def __init__(self) -> None:
        self.back: list[Share] = []
        self.away = False

    async def __call__(self) -> tuple[Share, ...]:
        """Those that were given back."""
        if self.away:
            self.away = False
            raise Transient("the coordinator is away")
        return tuple(self.back)


@pytest.fixture
def back(bench: Any) -> MemoryShares:
    """Parts that the bench's seat may hear of."""
    bench.given_back = MemoryShares()
    made: MemoryShares = bench.given_back
    return made


def _job(bench: Any) -> Job:
    return Job(case=bench.case, key=bench.key(), system="You are an agent.", opening="Solve it.")


def _told(bench: Any) -> str:
    """All that the model was told in its last call."""
    return str([message.content for message in bench.model.queries[-1].messages if message.role == "user"])


def test_the_author_knows_the_parts_whatever_became_of_them(bench: Any) -> None:
    """The opening is the same before and after a crash; without parts it is as it was."""
    offered, gone = _share(), _share(state="taken_back", reason="late")
    job = with_parts(_job(bench), [offered])
    assert job.opening.startswith("Solve it.")
    assert "Part 1, docs, in docs1/: Write page 1." in job.opening
    assert with_parts(_job(bench), [gone]) == job
    assert with_parts(_job(bench), []) == _job(bench)


def test_who_does_a_part_knows_its_paths_and_the_others(bench: Any) -> None:
    """Its round has a key of its own."""
    job = for_part(_job(bench), _share(2), "backend", [_share(1), _share(2)])
    assert (job.key.share, job.key.round) == (2, 0)
    for words in ("You do one part of this issue", "- docs2/", "Write page 2.", "docs, in docs1/: Write page 1."):
        assert words in job.opening


def test_what_comes_back_is_named(bench: Any) -> None:
    """With the reason; in a later round also whose files have come."""
    words = given_back([_share(state="taken_back", reason="late")], joined=True)
    assert "Part 1, in docs1/: Write page 1." in words
    assert "given back: late" in words
    assert "git status" in words
    assert with_joined("Mend it.", [_share(state="done"), _share(2)]).endswith("part 1 (docs1/).")
    assert with_joined("Mend it.", [_share(state="taken_back")]) == "Mend it."
    job = next_round(_job(bench), "Mend it.", (1,))
    assert (job.key.round, job.feedback, job.returned) == (1, "Mend it.", (1,))


async def test_a_part_that_comes_back_is_told_with_the_next_step(bench: Any, back: MemoryShares) -> None:
    """Once, and the transcript remembers it."""
    back.back.append(_share(state="taken_back", reason="late"))
    transcript = await bench.work(bench.bash("echo x > x.py"), bench.submit(), bench.submit())
    assert _told(bench).count("yours now") == 1
    assert transcript.returned == (1,)


async def test_a_part_that_comes_back_at_the_end_keeps_the_round_going(bench: Any, back: MemoryShares) -> None:
    """What was handed in knows nothing of it."""
    bench.model.endless = None
    late = bench.submit()

    def last(query: Any) -> Any:
        back.back.append(_share(state="taken_back", reason="its node gave no sign of life"))
        return late

    script = (bench.bash("echo x > x.py"), bench.submit(), last, bench.bash("echo y > y.py"), bench.submit())
    transcript = await bench.work(*script)
    assert "no sign of life" in _told(bench)
    assert (transcript.stop, transcript.returned, transcript.steps) == ("submitted", (1,), 5)


async def test_a_coordinator_that_is_away_is_asked_with_the_next_step(bench: Any, back: MemoryShares) -> None:
    """Nothing is lost, and the work goes on meanwhile."""
    back.away = True
    back.back.append(_share(state="taken_back", reason="late"))
    transcript = await bench.work(bench.bash("echo x > x.py"), bench.submit(), bench.submit())
    assert (_told(bench).count("yours now"), transcript.returned) == (1, (1,))


@pytest.mark.parametrize(
    ("helpers", "reviewer"),
    [((), "docs"), (("docs",), "testing"), (("docs", "testing"), "docs")],
)
def test_who_did_a_part_does_not_review_the_whole(helpers: tuple[str, ...], reviewer: str) -> None:
    """Unless nobody else is there but the author."""
    names = ("backend", "docs", "testing")
    team = tuple(Specialist(name=name, title=name, prompt="p") for name in names)
    scores = tuple(Score(agent=name, score=1.0, reasons=()) for name in names)
    routing = Routing(primary="backend", secondary=("docs",), scores=scores)
    assert choose_reviewer(routing, team, helpers).name == reviewer
