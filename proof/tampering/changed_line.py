"""The changed lines of a diff's test-side files, each with the test that it stands in."""

import re
from collections import Counter
from collections.abc import Iterator

from domain.frozen import Frozen
from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.dialect import Dialect, dialect_of

_NEAR = 12
_SCOPE = re.compile(r"^(\s*)(?:async\s+)?(?:def|class)\s+(\w+)")


class ChangedLine(Frozen):
    """One line that was added or removed; `number` counts from 1 on its own side.

    `test` is the test (or function) around it, or a stand-in for the hunk when that is out of sight; `names`
    is the test that the line itself begins. `block` is the same for changes without a kept line between
    them. `fresh` says that the whole file is new, `dropped` that all of it is gone.
    """

    path: str
    number: int
    text: str
    added: bool
    test: str
    names: str = ""
    block: int = 0
    fresh: bool = False
    dropped: bool = False
    dialect: Dialect


def changed_lines(file: ChangedFile) -> Iterator[ChangedLine]:
    """The changed lines of one file, block by block, what was removed first; none in languages we can't read."""
    dialect = dialect_of(file.path) or dialect_of(file.old_path)
    if dialect is None:
        return
    around = {True: tests_around(file.new, dialect), False: tests_around(file.old, dialect)}
    for block in file.blocks:
        for added, side in ((False, file.old), (True, file.new)):
            for number in side.of_block(block):
                yield ChangedLine(
                    path=file.path,
                    number=number,
                    text=side.lines[number].strip(),
                    added=added,
                    test=_decorated(side, dialect, number) or around[added][number],
                    names=name_in(dialect, side.lines[number]),
                    block=block,
                    fresh=not file.old_path,
                    dropped=not file.new_path,
                    dialect=dialect,
                )


def carried(file: ChangedFile) -> dict[str, str]:
    """Old tests whose kept lines stand in a new test now, with that one's name."""
    dialect = dialect_of(file.path) or dialect_of(file.old_path)
    if dialect is None:
        return {}
    old, new = tests_around(file.old, dialect), tests_around(file.new, dialect)
    pairs = Counter(
        (old[number], new[other])
        for number, other in file.old.kept.items()
        if file.old.lines[number].strip() and old[number] != new[other]
    )
    return {before: after for (before, after), _ in reversed(pairs.most_common()) if after not in old.values()}


def _decorated(side: Side, dialect: Dialect, number: int) -> str:
    """The test that a decorator stands above, through further ones and the head of its class."""
    if not side.lines[number].lstrip().startswith("@"):
        return ""
    below = (name_in(dialect, side.lines.get(line, "")) for line in range(number + 1, number + _NEAR))
    return next(filter(None, below), "")


def tests_around(side: Side, dialect: Dialect) -> dict[int, str]:
    """Which test each known line of a side stands in."""
    around: dict[int, str] = {}
    test, indent, last = "", 0, 0
    for number, text in side.lines.items():
        if number != last + 1 or number in side.headings:
            heading = side.headings.get(number, "")
            seen = name_in(dialect, heading)
            if seen or number != last + 1:
                test, indent = seen or f"hunk {number}", len(heading) - len(heading.lstrip())
        last = number
        scope = _SCOPE.match(text)
        if names := name_in(dialect, text):
            test, indent = names, len(text) - len(text.lstrip())
        elif scope and len(scope[1]) <= indent:
            test, indent = scope[2], len(scope[1])
        around[number] = test
    return around


def name_in(dialect: Dialect, text: str) -> str:
    """The name of the test that a line begins, or nothing."""
    found = dialect.test.search(text)
    return found[1] if found else ""
