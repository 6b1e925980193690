"""Assertions that stand as they did and are reached only on a condition, or never, because of what came around them."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.changed_line import tests_around
from proof.tampering.dialect import Dialect, dialect_of
from proof.tampering.source import parsed
from proof.tampering.statement import COMMENT
from proof.tampering.tamper_finding import TamperFinding, quoted
from proof.tampering.ways_out import indent_of, inside, outer

_HEADS = re.compile(
    r"^\s*(?:(?:\}\s*)?(?:el(?:se\s+)?if|if)\b|(?:\}\s*)?else\b|case\b|default\s*:"
    r"|for\b.*\bin\s*(?:\[\s*\]|\(\s*\)|\{\s*\}|range\(0\)|''|\"\")\s*:|for\s*\(.*;\s*false\s*;"
    r"|with\b.*\braises\(\s*\(?\s*(?:AssertionError|BaseException|Exception)\b)"
    r"|\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\("
)
_INVERTED = re.compile(r"\braises\(")
_BRANCH = re.compile(r"^\s*(?:\}\s*)?(?:el(?:se\s+)?if|else|case|default)\b")
_INNER = re.compile(
    r"^\s*(?:async\s+)?(?:def|function)\s+(?P<name>\w+)|^\s*const\s+(?P<arrow>\w+)\s*=\s*(?:async\s*)?\(.*=>\s*\{\s*$"
)
_OPENED = re.compile(r"^\s*(?:\}\s*else\s*)?if\s*\(.*\{\s*$")
_NEAR = 4


def conditional(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each new line that keeps an assertion of the base from being reached always."""
    dialect = dialect_of(file.path)
    if dialect is None or not (file.old_path and file.new_path):
        return
    before, around = _asserted(file.old, dialect), tests_around(file.new, dialect)
    removed = {file.old.lines[number].strip() for number in file.old.changed}
    told: set[int] = set()
    heads = [text for number in file.new.changed if _opens(text := file.new.lines[number])]
    for number, text in file.new.lines.items() if heads else ():
        if not dialect.assertion.search(text) or text.strip() not in before[around[number]]:
            continue
        for head in _around(file.new, number):
            is_new = head in file.new.changed and file.new.lines[head].strip() not in removed
            if is_new and not _was_one(file, head) and head not in told and _hides(file.new, head, dialect):
                told.add(head)
                yield _finding(file, head, around[number])
    for number in _enclosing(file, dialect):
        if number not in told:
            yield _finding(file, number, around[number])


def _opens(text: str) -> bool:
    """Whether a line may begin a block that is not always entered."""
    return bool(_HEADS.search(text) or _INNER.match(text))


def _asserted(side: Side, dialect: Dialect) -> defaultdict[str, set[str]]:
    """The first lines of assertions, by test."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, test in tests_around(side, dialect).items():
        if dialect.assertion.search(side.lines[number]) and not side.lines[number].strip().startswith(COMMENT):
            found[test].add(side.lines[number].strip())
    return found


def _around(side: Side, number: int) -> Iterator[int]:
    head = outer(side, number)
    while head is not None:
        yield head
        head = outer(side, head)


def _was_one(file: ChangedFile, head: int) -> bool:
    """Whether another condition stood in its place."""
    before = (file.old.lines[number] for number in file.old.of_block(file.new.changed[head]))
    return any(_HEADS.search(text) and indent_of(text) == indent_of(file.new.lines[head]) for text in before)


def _hides(side: Side, head: int, dialect: Dialect) -> bool:
    text = side.lines[head]
    if found := _INNER.match(text):
        name = found["name"] or found["arrow"]
        rest = (line for place, line in side.lines.items() if place != head)
        return not name.startswith("test") and not any(re.search(rf"\b{name}\b", line) for line in rest)
    if not _HEADS.search(text):
        return False
    return bool(_INVERTED.search(text)) or not _asserts_otherwise(side, head, dialect)


def _asserts_otherwise(side: Side, head: int, dialect: Dialect) -> bool:
    """Whether another branch of the same choice asserts something too."""
    indent = indent_of(side.lines[head])
    branches = [
        *_chain(side, head, indent, 1),
        *(_chain(side, head, indent, -1) if _BRANCH.match(side.lines[head]) else ()),
    ]
    return any(dialect.assertion.search(line) for branch in branches for line in inside(side, branch, indent))


def _chain(side: Side, head: int, indent: int, step: int) -> Iterator[int]:
    """The lines that begin other branches, below or above."""
    number = head + step
    while (text := side.lines.get(number)) is not None:
        if text.strip() and indent_of(text) < indent:
            return
        if text.strip() and indent_of(text) == indent:
            if step > 0 and not _BRANCH.match(text) and text.strip() not in {"}", "},"}:
                return
            if step < 0 or _BRANCH.match(text):
                yield number
            if step < 0 and not _BRANCH.match(text) and text.strip() not in {"}", "},"}:
                return
        number += step


def _enclosing(file: ChangedFile, dialect: Dialect) -> Iterator[int]:
    """New lines that put kept ones into a comment, a string or, without another indent, into a condition."""
    if file.path.endswith(".py"):
        yield from _quoted(file, dialect)
        return
    for number in file.new.changed:
        text = file.new.lines[number]
        opens = "/*" in text and "*/" not in text
        if not opens and not _OPENED.match(text):
            continue
        seen = [line for line in range(number + 1, number + _NEAR) if _counts(file, line, dialect)]
        if seen and (opens or indent_of(file.new.lines[seen[0]]) <= indent_of(text)):
            yield number


def _quoted(file: ChangedFile, dialect: Dialect) -> Iterator[int]:
    """New lines that begin a text in which kept assertions stand, in Python."""
    tree = parsed(file.new)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.lineno in file.new.changed:
            last = node.end_lineno or node.lineno
            if any(_counts(file, line, dialect) for line in range(node.lineno + 1, last)):
                yield node.lineno


def _counts(file: ChangedFile, number: int, dialect: Dialect) -> bool:
    """Whether a line was there before and begins a test or asserts something."""
    text = file.new.lines.get(number, "")
    return number not in file.new.changed and bool(dialect.assertion.search(text) or dialect.test.search(text))


def _finding(file: ChangedFile, number: int, test: str) -> TamperFinding:
    text = f"an assertion is reached only on a condition, or never ({quoted(file.new.lines[number])})"
    return TamperFinding(kind="skipped", path=file.path, line=number, text=text, about=(test,) if test else ())
