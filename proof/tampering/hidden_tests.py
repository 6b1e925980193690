"""Tests that stand where they did and are hidden: by another of their name, or by a mark on their example."""

import re
from collections import defaultdict
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.changed_line import name_in
from proof.tampering.dialect import dialect_of
from proof.tampering.tamper_finding import TamperFinding, quoted

_SKIPPED = re.compile(r"\s*#\s*doctest:\s*\+SKIP\b.*$")
_EXAMPLES = re.compile(r"\.(?:py|pyi|rst|md|txt)$")


def redefined(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each test that another one of the same block replaces, in Python, because both have one name."""
    if not (file.old_path and file.new_path.endswith(".py")):
        return
    before = {name: len(lines) for name, lines in _by_name(file.old).items()}
    for (_, name), lines in _by_name(file.new).items():
        changed = [number for number in lines if number in file.new.changed]
        if len(lines) > 1 and changed and len(lines) > max(_count(before, name), 1):
            text = f"the test {name} is there twice, and only the last one runs"
            yield TamperFinding(kind="deleted", path=file.path, line=changed[-1], text=text, about=(name,))


def _count(before: "dict[tuple[int, str], int]", name: str) -> int:
    return max((count for (_, other), count in before.items() if other == name), default=0)


def _by_name(side: Side) -> dict[tuple[int, str], list[int]]:
    """The lines that begin a test, by the line of the block around them; nothing where a part is out of sight."""
    dialect = dialect_of("test.py")
    found: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    if dialect is None or len(side.lines) != max(side.lines, default=0):
        return {}
    blocks: list[tuple[int, int]] = []
    for number, text in side.lines.items():
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        indent = len(text) - len(text.lstrip())
        while blocks and blocks[-1][0] >= indent:
            blocks.pop()
        if name := name_in(dialect, text):
            found[blocks[-1][1] if blocks else 0, name].append(number)
        blocks.append((indent, number))
    return dict(found)


def skipped_examples(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each example of a docstring or a text that was there before and is marked to be skipped."""
    if not (file.old_path and _EXAMPLES.search(file.new_path)):
        return
    for block in file.blocks:
        old = {file.old.lines[number].strip() for number in file.old.of_block(block)}
        for number in file.new.of_block(block):
            text = file.new.lines[number].strip()
            if _SKIPPED.search(text) and _SKIPPED.sub("", text) in old:
                said = f"a test is skipped or expected to fail ({quoted(text)})"
                yield TamperFinding(kind="skipped", path=file.path, line=number, text=said)
