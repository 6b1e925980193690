"""A unified diff, file by file: what the API lists and what the pages draw."""

import re
from dataclasses import dataclass
from typing import Literal

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_SIMPLE = {b"t": b"\t", b"n": b"\n", b'"': b'"', b"\\": b"\\", b"r": b"\r"}

Status = Literal["added", "removed", "modified", "renamed"]


@dataclass(frozen=True)
class Line:
    """One line of a hunk; `old` and `new` count from 1 and are None where the side has no such line."""

    kind: Literal["context", "added", "removed", "hunk", "note"]
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True)
class FilePatch:
    """What one file's part of a diff says; `patch` is empty for binary files."""

    path: str
    old_path: str
    status: Status
    blob: str
    patch: str
    binary: bool

    @property
    def additions(self) -> int:
        """Lines added."""
        return f"\n{self.patch}".count("\n+")

    @property
    def deletions(self) -> int:
        """Lines removed."""
        return f"\n{self.patch}".count("\n-")

    def lines(self) -> tuple[Line, ...]:
        """The hunks, line by line, numbered."""
        old = new = 0
        lines: list[Line] = []
        for text in self.patch.splitlines():
            if hunk := _HUNK.match(text):
                old, new = int(hunk[1]), int(hunk[2])
                lines.append(Line("hunk", text))
            elif text.startswith("+"):
                lines.append(Line("added", text[1:], new=new))
                new += 1
            elif text.startswith("-"):
                lines.append(Line("removed", text[1:], old=old))
                old += 1
            elif text.startswith("\\"):
                lines.append(Line("note", text[2:]))
            else:
                lines.append(Line("context", text[1:], old, new))
                old, new = old + 1, new + 1
        return tuple(lines)


def parse_diff(diff: str) -> tuple[FilePatch, ...]:
    """The files of what `git diff --full-index -M` printed, in its order."""
    parts = re.split(r"^(?=diff --git )", diff, flags=re.MULTILINE)
    return tuple(_file(part) for part in parts if part.startswith("diff --git "))


def _file(part: str) -> FilePatch:
    header, found, hunks = part.partition("\n@@ ")
    status: Status = "modified"
    for mark, meant in (("new file mode", "added"), ("deleted file mode", "removed"), ("rename from", "renamed")):
        if f"\n{mark} " in header:
            status = meant  # type: ignore[assignment]  # the literals above are those of Status
    old, new = _paths(header)
    index = re.search(r"^index ([0-9a-f]+)\.\.([0-9a-f]+)", header, re.MULTILINE)
    return FilePatch(
        path=old if status == "removed" else new,
        old_path=old,
        status=status,
        blob=(index[1] if status == "removed" else index[2]) if index else "",
        patch=("@@ " + hunks).rstrip("\n") if found else "",
        binary="\nBinary files " in header,
    )


def _paths(header: str) -> tuple[str, str]:
    renamed = re.search(r"^rename from (.*)\nrename to (.*)$", header, re.MULTILINE)
    if renamed:
        return _unquote(renamed[1]), _unquote(renamed[2])
    old = re.search(r"^--- (.*)$", header, re.MULTILINE)
    new = re.search(r"^\+\+\+ (.*)$", header, re.MULTILINE)
    sides = [_unquote(side[1].rstrip("\t"))[2:] for side in (old, new) if side and side[1] != "/dev/null"]
    if sides:
        return sides[0], sides[-1]
    both = header.split("\n", 1)[0].removeprefix("diff --git ")
    half = _unquote(both[len(both) // 2 + 1 :])[2:]
    return half, half


def _unquote(path: str) -> str:
    if not path.startswith('"'):
        return path
    raw = path.strip('"').encode()
    return _ESCAPE.sub(lambda m: _byte(m[1]), raw).decode("utf-8", "replace")


def _byte(escaped: bytes) -> bytes:
    return _SIMPLE.get(escaped) or bytes([int(escaped, 8)])
