"""How often routing is right, on labelled issues that it was not fitted to.

`PYTHONPATH=. python benchmarks/routing_eval.py` prints a table. What is learned from rows (the map of
`agents.reading`, the rates of `agents.companions`) is learned again for each of five folds without that fold.
The words of the specialists are written by hand with the first two sets in view, so `words` is flattered
there; the blind batches were written before and apart from them. The two constants that weigh words against
reading were chosen on blind 1 and 2; nothing was chosen or fitted on blind 3.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing_fit import Fit, companions, fit, vector
from routing_rows import FILES, FITTED, Row, read_rows

from agents.evidence import gather
from agents.reading import gist, trust
from agents.scoring import secondaries, weigh
from agents.specialist import ORDER, load_specialists
from domain.routing import Score

FOLDS = 5
WAYS = ("both", "words", "reading")
EVERYONE = load_specialists()


@dataclass(frozen=True)
class Judged:
    """What came out for a row: the first choice of each way, and the secondaries of both together."""

    row: Row
    first: dict[str, str]
    secondary: tuple[str, ...]


def judge(row: Row, map_: Fit, rate: Callable[[str, str], float]) -> Judged:
    """Route one row with a map and rates that may not know it."""
    evidence = gather(row.issue, EVERYONE)
    points = [sum(one.points for one in evidence if one.owner == owner) for owner in range(len(ORDER))]
    belief = trust(gist(row.issue))
    shares = [belief * float(one) for one in map_.shares(vector(row))]
    nothing = [0.0] * len(ORDER)
    values = {"both": weigh(points, shares), "words": weigh(points, nothing), "reading": weigh(nothing, shares)}
    first = {way: ORDER[max(range(len(ORDER)), key=lambda owner: (values[way][owner], -owner))] for way in WAYS}
    order = sorted(range(len(ORDER)), key=lambda owner: -values["both"][owner])
    scores = [Score(agent=ORDER[owner], score=values["both"][owner], reasons=("-",)) for owner in order]
    return Judged(row=row, first=first, secondary=secondaries(scores, rate))


def judged(name: str) -> list[Judged]:
    """All rows of a set, each fold by what was learned from everything else."""
    own = read_rows(name)
    others = [row for other in FITTED if other != name for row in read_rows(other)]
    found = []
    for fold in range(FOLDS if name in FITTED else 1):
        inside = own[fold::FOLDS] if name in FITTED else own
        outside = [*others, *(row for row in own if row not in inside)] if name in FITTED else others
        found += _fold(inside, outside)
    return found


def _fold(inside: Sequence[Row], outside: Sequence[Row]) -> list[Judged]:
    map_ = fit(outside)
    full = [row for row in outside if not row.id.startswith("made-")]
    rates = {(one.primary, one.other): one.rate for one in companions(full)}
    return [judge(row, map_, lambda primary, other: rates.get((primary, other), 0.0)) for row in inside]


def top(rows: Sequence[Judged], way: str) -> str:
    """The share right of one way."""
    hits = sum(one.first[way] == one.row.primary for one in rows)
    return f"{hits / len(rows):.3f}" if rows else "-"


def helped(rows: Sequence[Judged]) -> str:
    """Precision and recall of the secondaries."""
    right = sum(len({*one.secondary} & {*one.row.secondary}) for one in rows)
    named, wanted = sum(len(one.secondary) for one in rows), sum(len(one.row.secondary) for one in rows)
    return f"{right}/{named} named, {right}/{wanted} found"


def main() -> int:
    """Print a table of the sets named as arguments, or of all."""
    sys.stdout.write(f"{'set':14}{'rows':>5}  {'both':>6}{'words':>7}{'reading':>9}   secondaries\n")
    for name in sys.argv[1:] or FILES:
        rows = judged(name)
        line = f"{top(rows, 'both'):>6}{top(rows, 'words'):>7}{top(rows, 'reading'):>9}   {helped(rows)}"
        sys.stdout.write(f"{name:14}{len(rows):>5}  {line}\n")
        for group, members in _groups(rows).items():
            line = "".join(f"{top(members, way):>{width}}" for way, width in zip(WAYS, (6, 7, 9), strict=True))
            sys.stdout.write(f"  {group:12}{len(members):>5}  {line}\n")
    return 0


def _groups(rows: Sequence[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {"en": [], "ja": [], "other": []}
    for one in rows:
        found[one.row.lang if one.row.lang in found else "other"].append(one)
    return {group: members for group, members in found.items() if members}


if __name__ == "__main__":
    sys.exit(main())
