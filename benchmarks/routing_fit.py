"""Fits what routing learns from rows: agents/reading.npz and agents/companions.tsv.

`PYTHONPATH=. python benchmarks/routing_fit.py`. Ridge regression from a text's vector to its specialist, in
closed form: the same rows give the same numbers. `routing_eval.py` fits again without the fold it judges.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from routing_rows import FITTED, Row, read_rows

from agents.companions import FILE, Companion
from agents.embedding import embed
from agents.likeness import WEIGHTS, phrases
from agents.reading import gist
from agents.specialist import ORDER

RIDGE = 0.3
UNSEEN = 4  # rows without a companion that each specialist is given besides its own
WITH_COMPANIONS = ("calibration", "blind 1", "blind 2")  # the made-up rows name them only now and then
_RAREST = 0.05

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """The linear map: `mean` (384) and `weights` (384 x 7)."""

    mean: Matrix
    weights: Matrix

    def shares(self, vectors: Matrix) -> Matrix:
        """A share for each specialist, 0 to 1, a row a text."""
        return np.clip((vectors - self.mean) @ self.weights + 1 / len(ORDER), 0, 1)


@cache
def vector(row: Row) -> Matrix:
    """What the embedding makes of a row."""
    return embed(gist(row.issue))


@cache
def example_vectors() -> Matrix:
    """The vectors of all example phrases, specialist by specialist."""
    return np.array([embed(phrase) for name in ORDER for phrase in phrases(name)])


def example_owners() -> NDArray[np.int8]:
    """The specialist of each example, as an index into their order."""
    return np.array([owner for owner, name in enumerate(ORDER) for _ in phrases(name)], dtype=np.int8)


def fit(rows: Sequence[Row]) -> Fit:
    """The map that comes nearest to the rows' and the examples' specialists."""
    vectors = np.vstack([*(vector(row) for row in rows), example_vectors()])
    owners = np.concatenate([[ORDER.index(row.primary) for row in rows], example_owners()]).astype(int)
    mean = vectors.mean(axis=0)
    centred = (vectors - mean).astype(np.float64)
    wanted = np.eye(len(ORDER))[owners] - 1 / len(ORDER)
    weights = np.linalg.solve(centred.T @ centred + RIDGE * np.eye(centred.shape[1]), centred.T @ wanted)
    return Fit(mean=mean, weights=weights.astype(np.float32))


def companions(rows: Sequence[Row]) -> tuple[Companion, ...]:
    """How often whom helps whom in the rows."""
    pairs = Counter((row.primary, other) for row in rows for other in row.secondary)
    whole = Counter(row.primary for row in rows)
    rates = {pair: round(count / (whole[pair[0]] + UNSEEN), 2) for pair, count in pairs.items()}
    return tuple(
        Companion(primary=primary, other=other, rate=rates[primary, other])
        for primary in ORDER
        for other in ORDER
        if rates.get((primary, other), 0) >= _RAREST
    )


def main() -> int:
    """Write both files from all rows but the third batch, which only judges."""
    rows = [row for name in FITTED for row in read_rows(name)]
    found = fit(rows)
    examples = example_vectors() - found.mean
    scale = 127 / np.abs(examples).max()
    stored = np.round(examples * scale).astype(np.int8)
    np.savez_compressed(WEIGHTS, mean=found.mean, weights=found.weights, examples=stored, owners=example_owners())
    lines = (
        f"{one.primary}\t{one.other}\t{one.rate:.2f}\n"
        for one in companions([row for name in WITH_COMPANIONS for row in read_rows(name)])
    )
    FILE.write_text("".join(lines), encoding="utf-8")
    sys.stdout.write(f"fitted to {len(rows)} rows and {len(stored)} examples\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
