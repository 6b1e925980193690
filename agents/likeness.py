"""What an issue is like: a specialist's share, and the example phrases that it is measured by."""

from pathlib import Path

from domain.frozen import Frozen

WEIGHTS = Path(__file__).with_name("reading.npz")
_PHRASES = Path(__file__).with_name("examples")


class Likeness(Frozen):
    """How much an issue is like those of one specialist (0 to 1), and the phrase of its examples nearest to it."""

    specialist: str
    share: float
    example: str


def phrases(specialist: str) -> tuple[str, ...]:
    """The example phrases of a built-in specialist, in the order of its file."""
    lines = (_PHRASES / f"{specialist}.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line.strip())
