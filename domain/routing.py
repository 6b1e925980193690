"""Which specialist works on the issue, and why."""

from domain.frozen import Frozen


class Score(Frozen):
    """One specialist's score (0 to 1, higher fits better) with the reasons a person can check."""

    agent: str
    score: float
    reasons: tuple[str, ...]


class Routing(Frozen):
    """The choice: `scores` holds every specialist, best first."""

    primary: str
    secondary: tuple[str, ...]
    scores: tuple[Score, ...]
