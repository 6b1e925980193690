"""Showing a file with line numbers, or what is in a folder."""

from agents.tools.answer import BadCall, CannotDo
from agents.tools.arguments import whole
from agents.tools.cut import head_and_tail, one_line
from agents.tools.lines import is_crlf, numbered, refuse_outside, split
from domain.conversation import Block
from domain.ports import Files

_MOST_CHARACTERS = 30_000
_MOST_LINES = 1_000
_MOST_NAMES = 400
_SNIFFED = 8_000


def view_folder(files: Files, path: str) -> str:
    """Two levels of names."""
    names = files.listing(path)
    shown = [one_line(name, 300) for name in names[:_MOST_NAMES]]
    more = [f"[... {len(names) - _MOST_NAMES} more ...]"] if len(names) > _MOST_NAMES else []
    return "\n".join([*shown, *more]) or "(nothing in it but hidden files)"


def view_file(data: bytes, given: Block) -> str:
    """The lines of `view_range` (from 1, both ends included, -1 for the last), or as many as fit.

    Raises `BadCall` if that is no range, `CannotDo` if the file has no such lines.
    """
    if b"\0" in data[:_SNIFFED]:
        return f"(a binary file of {len(data)} bytes)"
    lines = split(data)
    if not lines:
        return "(the file is empty)"
    first, last = _range(given.get("view_range"), len(lines))
    cut = min(last, first + _MOST_LINES - 1)
    text = head_and_tail(numbered(lines[first - 1 : cut], first), _MOST_CHARACTERS)
    notes = [f"[lines {first} to {cut} of {len(lines)}; use view_range for others]"] if cut < last else []
    notes += ["[lines end in CRLF; edits keep that]"] if is_crlf(data) else []
    return "\n".join([text, *notes])


def _range(asked: object, total: int) -> tuple[int, int]:
    if asked is None or asked == []:
        return 1, total
    if not isinstance(asked, list) or len(asked) != 2:  # noqa: PLR2004 - a range has two ends
        raise BadCall("`view_range` must be [first, last], with -1 for the end")
    first, last = whole(asked[0], "view_range"), whole(asked[1], "view_range")
    refuse_outside(first, 1, total, "view_range")
    if last != -1 and last < first:
        raise CannotDo(f"`view_range` ends at {last}, before it begins at {first}")
    return first, total if last == -1 else min(last, total)
