"""Companions: who often helps whom, counted in labelled issues."""

from functools import lru_cache
from pathlib import Path

from domain.frozen import Frozen

FILE = Path(__file__).with_name("companions.tsv")


class Companion(Frozen):
    """In what share of the primary's issues the other one helps, 0 to 1."""

    primary: str
    other: str
    rate: float


def helps(primary: str, other: str) -> float:
    """How often the other helps the primary; 0 where nothing is known."""
    return next((one.rate for one in _known() if one.primary == primary and one.other == other), 0.0)


@lru_cache(maxsize=1)
def _known() -> tuple[Companion, ...]:
    rows = (line.split("\t") for line in FILE.read_text("utf-8").splitlines() if line.strip())
    return tuple(Companion(primary=primary, other=other, rate=float(rate)) for primary, other, rate in rows)
