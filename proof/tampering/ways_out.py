"""Ways past the assertions of a function: it returns before them, or what they raise is caught."""

import re
from collections.abc import Collection, Iterator

from proof.tampering.changed_file import Side
from proof.tampering.dialect import Dialect

_ALWAYS = r"if\s*\(?\s*(?:True|true|1)\s*\)?\s*[:{]?\s*"
_IF_TRUE = re.compile(rf"^\s*{_ALWAYS}$")
_RETURN = re.compile(
    rf"^\s*(?:{_ALWAYS})?return(?:\s+(?:None|undefined|t\.(?:end|pass)\(.*\)|done\(\)))?\s*;?\s*\}}?\s*(?:#.*|//.*)?$"
)
_IF = re.compile(r"^\s*if\b")
_RETURN_IF = re.compile(
    r"^\s*if\b.*[:)]\s*\{?\s*return(?:\s+(?:None|undefined|t\.(?:end|pass)\(.*\)|done\(\)))?\s*;?\s*\}?\s*$"
)
_FUNCTION = re.compile(r"^\s*(?:async\s+)?def\s|\bfunction\b|=>\s*\{?\s*$")
_CATCH = re.compile(
    r"^(?P<indent>\s*)(?:except\s*(?:\(?[^:#]*\b(?:AssertionError|Exception|BaseException)\b[^:]*)?:"
    r"|\}\s*catch\b\s*(?:\([^)]*\))?\s*\{)"
)
_INLINE = re.compile(
    r"\btry\s*\{(?P<tried>.*)\}\s*catch\b\s*(?:\([^)]*\))?\s*\{\s*\}|\.catch\(\s*\(?\w*\)?\s*=>\s*\{\s*\}\s*\)"
)
_TRY = re.compile(r"^\s*(?:try\s*:|try\s*\{)")
_COUNTS = re.compile(r"\braise\b|\bthrow\b|\bfail\w*\(|\breject\(|\bdone\(\w|\bassert|\bexpect\(")
_MOST_LINES = 200


def leaves_early(side: Side, number: int, dialect: Dialect, known: Collection[int] = ()) -> bool:
    """Whether a line ends a function, that was there before, ahead of assertions in it.

    On a condition it may, but for tests: `known` are the lines that begin tests which were there before.
    """
    if not (_RETURN.match(side.lines[number]) or _RETURN_IF.match(side.lines[number])):
        return False
    head = outer(side, number)
    if head is None:
        return bool(_RETURN_IF.match(side.lines[number])) and not side.lines[number][:1].isspace()
    if _IF_TRUE.match(side.lines[head]) or _is_guard(side, head, number, known, dialect):
        head = outer(side, head)
    if head is None or not _FUNCTION.search(side.lines[head]):
        return False
    if head not in known and (head in side.changed or _RETURN_IF.match(side.lines[number])):
        return False
    return any(dialect.assertion.search(text) for text in inside(side, number, indent_of(side.lines[head])))


def _is_guard(side: Side, head: int, number: int, known: Collection[int], dialect: Dialect) -> bool:
    """Whether a new condition, right in a test, does nothing but leave it."""
    inner = [side.lines.get(line, "") for line in range(head + 1, number)]
    return (
        head in side.changed
        and outer(side, head) in known
        and bool(_IF.match(side.lines[head]))
        and not any(map(dialect.assertion.search, inner))
    )


def catches(side: Side, number: int, dialect: Dialect) -> bool:
    """Whether a line catches what an assertion raises and goes on as if nothing had happened."""
    text = side.lines[number]
    head = _head(side, number)
    if head is None or head in side.changed:
        return False
    if found := _INLINE.search(text):
        return bool(dialect.assertion.search(found["tried"] or text))
    found = _CATCH.match(text)
    if not found:
        return False
    indent = len(found["indent"])
    handled = [text[found.end() :], *inside(side, number, indent)]
    return not any(map(_COUNTS.search, handled)) and any(map(dialect.assertion.search, _tried(side, number, indent)))


def _head(side: Side, number: int) -> int | None:
    """The line that begins the innermost function around a line."""
    head = outer(side, number)
    while head is not None and not _FUNCTION.search(side.lines[head]):
        head = outer(side, head)
    return head


def outer(side: Side, number: int) -> int | None:
    """The line that begins the block around a line."""
    indent = indent_of(side.lines[number])
    for line in range(number - 1, max(number - _MOST_LINES, 0), -1):
        text = side.lines.get(line, "")
        if text.strip() and indent_of(text) < indent:
            return line
    return None


def inside(side: Side, number: int, indent: int) -> Iterator[str]:
    """The lines below that are deeper than `indent`."""
    for line in range(number + 1, number + _MOST_LINES):
        text = side.lines.get(line)
        if text is None or (text.strip() and indent_of(text) <= indent):
            return
        yield text


def _tried(side: Side, number: int, indent: int) -> Iterator[str]:
    for line in range(number - 1, max(number - _MOST_LINES, 0), -1):
        text = side.lines.get(line, "")
        if indent_of(text) == indent and _TRY.match(text):
            return
        yield text


def indent_of(text: str) -> int:
    """How many blanks a line begins with."""
    return len(text) - len(text.lstrip())
