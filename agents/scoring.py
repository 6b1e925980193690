"""Which specialist an issue calls for: offline, and the same every time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from agents.companions import helps
from agents.evidence import Evidence, gather
from agents.likeness import Likeness
from agents.reading import read
from agents.specialist import Specialist, load_specialists
from domain.issue import Issue
from domain.routing import Routing, Score

DEFAULT_PRIOR, DOUBT = 2.0, 4.0
WORDS, WORDS_DOUBT = 2.0, 32.0
ALIKE = 0.2
HELPS, SECONDARY, MOST_SECONDARIES = 3.0, 0.55, 2
MOST_REASONS = 7
PLACES = 3


def score(issue: Issue, specialists: Sequence[Specialist]) -> Routing:
    """Weigh the words of the issue (`agents.evidence`) and what it reads like (`agents.reading`).

    Scores are shares of both, 0 to 1, rounded to three places, best first; equal ones keep the given order.
    Up to two others are secondaries: those that come near the first, the sooner the more often they help it.
    Without any signal the first specialist given (backend, unless disabled) is chosen and says so.
    `specialists` must not be empty.
    """
    names = [one.name for one in specialists]
    with ThreadPoolExecutor(max_workers=1) as beside:  # the embedding counts outside the interpreter's lock
        reading = beside.submit(read, issue)
        evidence = gather(issue, specialists)
        likenesses = {one.specialist: one for one in reading.result() if one.specialist in names}
    if not evidence and not likenesses:
        return _default(names)
    values = weigh(_points(evidence, len(names)), [_share(likenesses.get(name)) for name in names])
    order = sorted(range(len(names)), key=lambda owner: (-values[owner], owner))
    scores = tuple(
        Score(agent=names[owner], score=values[owner], reasons=_reasons(evidence, owner, likenesses.get(names[owner])))
        for owner in order
    )
    return Routing(primary=scores[0].agent, secondary=secondaries(scores), scores=scores)


def warm() -> None:
    """Load the embedding and read every term of the built-in specialists: what the first scoring of a process costs."""
    score(Issue(repo="owner/name", number=1, title="Write the page", body="Please."), load_specialists())


def weigh(points: Sequence[float], shares: Sequence[float]) -> list[float]:
    """One share for each from the points of words and the shares of reading; all 0 in the latter: nothing was read.

    Few words weigh little beside what was read. Words alone keep some doubt, and the first gets the benefit of it.
    """
    if not any(shares):
        raw = [one + (DEFAULT_PRIOR if owner == 0 else 0.0) for owner, one in enumerate(points)]
        return [round(one / (sum(raw) + DOUBT), PLACES) for one in raw]
    whole = sum(points) + WORDS_DOUBT
    both = [share + WORDS * one / whole for one, share in zip(points, shares, strict=True)]
    return [round(one / sum(both), PLACES) for one in both]


def secondaries(scores: Sequence[Score], rate: Callable[[str, str], float] = helps) -> tuple[str, ...]:
    """Who should help, of scores that are best first; `rate` tells how often the second name helps the first."""
    first, *others = scores
    near = [(one.score / first.score + HELPS * rate(first.agent, one.agent), one) for one in others if one.reasons]
    near.sort(key=lambda pair: -pair[0])
    return tuple(one.agent for closeness, one in near if closeness >= SECONDARY)[:MOST_SECONDARIES]


def _default(names: Sequence[str]) -> Routing:
    first, *others = names
    chosen = Score(agent=first, score=0.0, reasons=("no signal: default",))
    return Routing(
        primary=first, secondary=(), scores=(chosen, *(Score(agent=name, score=0.0, reasons=()) for name in others))
    )


def _points(evidence: Sequence[Evidence], count: int) -> list[float]:
    return [sum(one.points for one in evidence if one.owner == owner) for owner in range(count)]


def _share(likeness: Likeness | None) -> float:
    return likeness.share if likeness else 0.0


def _reasons(evidence: Sequence[Evidence], owner: int, likeness: Likeness | None) -> tuple[str, ...]:
    own = sorted((one for one in evidence if one.owner == owner), key=lambda one: (-one.points, one.reason))
    found = list(dict.fromkeys(one.reason for one in own))
    if likeness and likeness.share >= ALIKE:
        found.insert(min(1, len(found)), f'reads like: "{likeness.example}"')
    return tuple(found[:MOST_REASONS])
