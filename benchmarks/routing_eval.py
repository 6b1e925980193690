"""How often the first specialist is right: five folds over the labelled real issues, and the made-up rows.

`python benchmarks/routing_eval.py`. The vocabularies are written by hand and are not learned in a fold: only
the two constants of `agents.scoring` that a sweep could fit are chosen without the fold they are then judged
on. So the folds show how far the constants lean on single rows, and nothing about the words, which were
written with these rows in view; rows that nobody tuned on tell more.
"""

import json
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from agents import scoring
from agents.specialist import load_specialists
from domain.issue import Issue

DATA = Path(__file__).parents[1] / "tests" / "agents" / "data"
FOLDS = 5
_PRIORS, _DOUBTS = (1.0, 2.0, 3.0), (2.0, 4.0, 8.0)

Row = dict[str, Any]


def read_rows(name: str) -> list[Row]:
    """The labelled issues of a data file."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def right(rows: Sequence[Row]) -> list[bool]:
    """Whether the first choice is the labelled one, row by row."""
    everyone = load_specialists()
    found = []
    for row in rows:
        issue = Issue(repo="o/r", number=1, title=row["title"], body=row["body"], labels=tuple(row["labels"]))
        found.append(scoring.score(issue, everyone).primary == row["primary"])
    return found


def cross_validated(rows: Sequence[Row]) -> list[float]:
    """The share right in each fold, with the constants that did best on the other folds (ties: as shipped)."""
    shipped = (scoring.DEFAULT_PRIOR, scoring.DOUBT)
    choices = [shipped, *(choice for choice in product(_PRIORS, _DOUBTS) if choice != shipped)]
    outcomes: list[list[bool]] = []
    try:
        for choice in choices:
            scoring.DEFAULT_PRIOR, scoring.DOUBT = choice
            outcomes.append(right(rows))
    finally:
        scoring.DEFAULT_PRIOR, scoring.DOUBT = shipped
    shares = []
    for fold in range(FOLDS):
        best = max(outcomes, key=lambda one: sum(hit for at, hit in enumerate(one) if at % FOLDS != fold))
        inside = best[fold::FOLDS]
        shares.append(sum(inside) / len(inside))
    return shares


def by_language(rows: Sequence[Row]) -> str:
    """The share right over all and for each language."""
    hits = right(rows)
    parts = [f"all {sum(hits) / len(hits):.3f} ({len(hits)})"]
    for language in sorted({row["lang"] for row in rows}):
        own = [hit for hit, row in zip(hits, rows, strict=True) if row["lang"] == language]
        parts.append(f"{language} {sum(own) / len(own):.3f} ({len(own)})")
    return "  ".join(parts)


def main() -> int:
    """Print the figures."""
    rows = read_rows("routing_calibration.jsonl")
    folds = cross_validated(rows)
    sys.stdout.write(f"five folds   {sum(folds) / FOLDS:.3f}  ({' '.join(f'{one:.2f}' for one in folds)})\n")
    sys.stdout.write(f"calibration  {by_language(rows)}\n")
    sys.stdout.write(f"made up      {by_language(read_rows('routing_more.jsonl'))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
