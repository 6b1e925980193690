"""Text that people don't see on the forge, made harmless: an agent must read what its readers read.

HTML comments and the comment trick with link definitions are taken out, except in code, where the
forge shows them; so are alternative texts and titles (`agents/unseen.py`). Characters without a shape
(zero-width, direction overrides, tags, controls) are written by their number. The parts of CommonMark
that this needs: fenced code, code spans, HTML comments.
"""

import re
import unicodedata
from collections.abc import Iterator

from agents.unseen import drawn
from domain.frozen import Frozen

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_SPAN = re.compile(r"(?P<span>(?P<ticks>(?<!`)`+(?!`)).*?(?<!`)(?P=ticks)(?!`))|(?P<open><!--)")
_DEFINITION = re.compile(r" {0,3}\[[^\]]*\]:\s*(?:#|<>|//)\s*[\"'(]")
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
_PLAIN = "\n\t"
_SOFT = {"Cc", "Cf", "Cs", "Co"}
_BLANK = "\u115f\u1160\u3164\uffa0\u2800\u034f\u180b\u180c\u180d\u180e"
_INVISIBLE_RUN = re.compile(r"(?:<U\+E00[0-7][0-9A-F]>){2,}")


class Seen(Frozen):
    """The text as its readers see it; `notes` say what was hidden in it."""

    text: str
    notes: tuple[str, ...] = ()


def visible(raw: str) -> Seen:
    """Take out hidden comments and show invisible characters."""
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept, comments = _without_comments(lines)
    seen = drawn("\n".join(kept))
    shown, characters = _revealed(seen.text)
    notes = []
    if comments:
        notes.append(f"{comments} hidden comment(s) were taken out")
    if seen.taken:
        notes.append(f"{seen.taken} alternative text(s) or title(s) were taken out")
    if seen.styled:
        notes.append(f"{seen.styled} part(s) may be drawn so that readers don't see them")
    if characters:
        notes.append(f"{characters} invisible character(s) are written as <U+...>")
    return Seen(text=shown.strip("\n"), notes=tuple(notes))


def revealed(raw: str) -> str:
    """The text with its invisible characters written as `<U+...>`; for code and output, where comments are seen."""
    return _revealed(raw.replace("\r\n", "\n"))[0]


def _without_comments(lines: list[str]) -> tuple[list[str], int]:
    kept: list[str] = []
    count = 0
    fence = ""
    inside = False
    for line in lines:
        if inside:
            _, ended, rest = line.partition("-->")
            inside = not ended
            if not rest.strip():
                continue
            line = rest  # noqa: PLW2901 - the rest of the line is what is left to read
        elif fence:
            kept.append(line)
            fence = "" if _closes(line, fence) else fence
            continue
        elif opened := _FENCE.match(line):
            fence = opened[1]
            kept.append(line)
            continue
        if _DEFINITION.match(line):
            count += 1
            continue
        text, found, inside = _line_without(line)
        count += found
        if text.strip() or not found:
            kept.append(text)
    return kept, count


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence) and set(stripped) == {fence[0]}


def _line_without(line: str) -> tuple[str, int, bool]:
    """The line without its comments, how many there were, and whether the last goes on in the next line."""
    parts: list[str] = []
    at = count = 0
    while match := _SPAN.search(line, at):
        if match["span"]:
            parts.append(line[at : match.end()])
            at = match.end()
            continue
        parts.append(line[at : match.start()])
        count += 1
        end = line.find("-->", match.end())
        if end < 0:
            return "".join(parts), count, True
        at = end + 3
    return "".join([*parts, line[at:]]), count, False


def _revealed(text: str) -> tuple[str, int]:
    if text.isascii() and text.isprintable():
        return text, 0
    shown = list(_characters(text))
    count = sum(len(new) > 1 for new in shown)
    return _INVISIBLE_RUN.sub("<U+E00xx...>", "".join(shown)), count


def _characters(text: str) -> Iterator[str]:
    before = ""
    for char in text:
        joins = char in _JOINERS and before != "" and not before.isascii()
        hidden = char not in _PLAIN and not joins and (char in _BLANK or _is_hidden(char))
        yield f"<U+{ord(char):04X}>" if hidden else char
        before = char


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _SOFT or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
