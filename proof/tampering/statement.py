"""The assertions of a file's two sides that a change touches, and those around them."""

import re
from collections.abc import Iterator

from domain.frozen import Frozen
from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.changed_line import tests_around
from proof.tampering.claim import Claim, Strength
from proof.tampering.claims_javascript import javascript_claims
from proof.tampering.claims_python import python_claims
from proof.tampering.dialect import Dialect, dialect_of

_STRING = re.compile(r"""\"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`""")
_MOST_LINES = 60
_LONGEST = 4_000
# First and last line.
Span = tuple[int, int]
COMMENT = ("#", "*", "// ", "/*")


class Statement(Frozen):
    """One assertion, over as many lines as its brackets ask for; `number` is its first line on its own side.

    `touched` says that the change goes through it, on either side; `block` is that of its first changed line.
    """

    path: str
    number: int
    text: str
    added: bool
    test: str
    touched: bool
    block: int = -1
    dropped: bool = False
    claims: tuple[Claim, ...]


def statements(file: ChangedFile) -> tuple[Statement, ...]:
    """All assertions that are in sight, the old side's first."""
    dialect = dialect_of(file.path) or dialect_of(file.old_path)
    if dialect is None:
        return ()
    old, new = _spans(file.old, dialect), _spans(file.new, dialect)
    touched_old, touched_new = _touched(file.old, old), _touched(file.new, new)
    through_old = touched_old | _reached(file.new, new, touched_new, old)
    through_new = touched_new | _reached(file.old, old, touched_old, new)
    return (
        *_read(file, file.old, dialect, old, through_old, added=False),
        *_read(file, file.new, dialect, new, through_new, added=True),
    )


def _reached(side: Side, spans: list[Span], touched: set[int], others: list[Span]) -> set[int]:
    """Statements of the other side that share a kept line with a touched one of this side."""
    kept = {
        side.kept[line]
        for first, last in spans
        if first in touched
        for line in range(first, last + 1)
        if line in side.kept
    }
    return {first for first, last in others if any(line in kept for line in range(first, last + 1))}


def _read(
    file: ChangedFile, side: Side, dialect: Dialect, spans: list[Span], touched: set[int], *, added: bool
) -> Iterator[Statement]:
    around = tests_around(side, dialect)
    for first, last in spans:
        text = "\n".join(side.lines[line] for line in range(first, last + 1))
        blocks = [side.changed[line] for line in range(first, last + 1) if line in side.changed]
        yield Statement(
            path=file.path,
            number=min((line for line in range(first, last + 1) if line in side.changed), default=first),
            text=text.strip(),
            added=added,
            test=around[first],
            touched=first in touched,
            block=blocks[0] if blocks else -1,
            dropped=not file.new_path,
            claims=_claims(text, file.path) if first in touched or around[first] else (),
        )


def _claims(text: str, path: str) -> tuple[Claim, ...]:
    if len(text) > _LONGEST:
        return (Claim(form=text, strength=Strength.EXACT, helper=True),)
    return python_claims(text) if path.endswith(".py") else javascript_claims(text)


def _touched(side: Side, spans: list[Span]) -> set[int]:
    return {first for first, last in spans if any(line in side.changed for line in range(first, last + 1))}


def _spans(side: Side, dialect: Dialect) -> list[Span]:
    """First and last line of each assertion."""
    found: list[Span] = []
    for number, text in side.lines.items():
        if found and number <= found[-1][1]:
            continue
        if dialect.assertion.search(text) and not text.strip().startswith(COMMENT):
            found.append((number, _end(side, number)))
    return found


def _end(side: Side, first: int) -> int:
    """Where the brackets that a statement opens are closed again, as far as it is in sight."""
    depth = 0
    for number in range(first, first + _MOST_LINES):
        if number not in side.lines:
            return number - 1
        text = _STRING.sub("", side.lines[number])
        depth += sum(text.count(mark) for mark in "([{") - sum(text.count(mark) for mark in ")]}")
        if depth <= 0 and not text.rstrip().endswith("\\"):
            return number
    return first
