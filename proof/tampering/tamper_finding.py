"""One place where tests count for less than before."""

from typing import Literal

from domain.frozen import Frozen

TamperKind = Literal["deleted", "skipped", "weakened", "tolerance", "snapshot", "configuration", "coverage", "ci"]
_LONGEST = 80


class TamperFinding(Frozen):
    """What was done, where (`line` counts from 1), in English; `about` names the tests that it concerns, if known.

    As text it is `path:line: what`, the form that receipts keep; a finding of a run has no line, and a test for path.
    """

    kind: TamperKind
    path: str
    line: int = 0
    text: str
    about: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The line of the receipt."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}" if place else self.text


def quoted(text: str) -> str:
    """A piece of source on one line, cut to eighty characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
