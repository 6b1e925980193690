"""Which specialist an issue calls for: pure, offline, and the same every time."""

from collections.abc import Sequence

from agents.evidence import Evidence, gather
from agents.specialist import Specialist
from domain.issue import Issue
from domain.routing import Routing, Score

DEFAULT_PRIOR = 2.0
DOUBT = 4.0
SECONDARY, MOST_SECONDARIES = 0.25, 2
MOST_REASONS = 6
PLACES = 3


def score(issue: Issue, specialists: Sequence[Specialist]) -> Routing:
    """Weigh the issue's labels, title and body for every specialist; see `agents.evidence`.

    Scores are shares of all evidence, 0 to 1, rounded to three places, best first; equal ones keep the
    given order. Up to two others that come near the first are secondaries. Without any signal the first
    specialist given (backend, unless disabled) is chosen and says so. `specialists` must not be empty.
    """
    evidence = gather(issue, specialists)
    if not evidence:
        return _default(specialists)
    raw = [sum(one.points for one in evidence if one.owner == owner) for owner in range(len(specialists))]
    raw[0] += DEFAULT_PRIOR
    whole = sum(raw) + DOUBT
    shares = [round(one / whole, PLACES) for one in raw]
    order = sorted(range(len(specialists)), key=lambda owner: (-shares[owner], owner))
    scores = tuple(
        Score(agent=specialists[owner].name, score=shares[owner], reasons=_reasons(evidence, owner)) for owner in order
    )
    near = [one.agent for one in scores[1:] if one.reasons and one.score >= SECONDARY * scores[0].score]
    return Routing(primary=scores[0].agent, secondary=tuple(near[:MOST_SECONDARIES]), scores=scores)


def _default(specialists: Sequence[Specialist]) -> Routing:
    first, *others = (one.name for one in specialists)
    chosen = Score(agent=first, score=0.0, reasons=("no signal: default",))
    return Routing(
        primary=first, secondary=(), scores=(chosen, *(Score(agent=name, score=0.0, reasons=()) for name in others))
    )


def _reasons(evidence: list[Evidence], owner: int) -> tuple[str, ...]:
    own = sorted((one for one in evidence if one.owner == owner), key=lambda one: (-one.points, one.reason))
    return tuple(dict.fromkeys(one.reason for one in own))[:MOST_REASONS]
