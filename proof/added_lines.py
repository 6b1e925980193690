"""What a difference adds, as runs of neighbouring lines."""

import re
from collections.abc import Iterator

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchSet

from domain.errors import BadWork
from domain.frozen import Frozen

_OCTAL = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_ESCAPED = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


class Added(Frozen):
    """Neighbouring added lines of a file; `first` is the number of the first in the head (from 1)."""

    path: str
    first: int
    text: str


def added_lines(diff: str) -> Iterator[Added]:
    """All runs of added lines, in the order of a git difference.

    Raises:
        BadWork: it is no difference that can be read; nothing in it could be vouched for.
    """
    try:
        files = PatchSet(diff)
    except UnidiffParseError as error:
        raise BadWork(f"the difference can't be read: {error}") from error
    for file in files:
        path = _path(str(file.target_file))
        for hunk in file:
            yield from _runs(path, _numbered(hunk))


def _numbered(hunk: Hunk) -> list[tuple[int, str]]:
    return [(line.target_line_no, line.value) for line in hunk if line.is_added and line.target_line_no is not None]


def _runs(path: str, lines: list[tuple[int, str]]) -> Iterator[Added]:
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or lines[end][0] != lines[end - 1][0] + 1:
            yield Added(path=path, first=lines[start][0], text="".join(value for _, value in lines[start:end]))
            start = end


def _path(target: str) -> str:
    """The path of `b/path`, which git quotes like a C string when it holds odd bytes."""
    if target.startswith('"') and target.endswith('"'):
        raw = _OCTAL.sub(_byte, target[1:-1].encode("utf-8", "surrogateescape"))
        target = (
            raw.decode("utf-8", "surrogateescape")
            .encode("utf-8", "surrogateescape")
            .decode("utf-8", "backslashreplace")
        )
    return target.removeprefix("b/")


def _byte(match: re.Match[bytes]) -> bytes:
    name = match[1]
    return bytes([_ESCAPED[name] if name in _ESCAPED else int(name, 8)])
