"""One file of a difference: both sides with their line numbers, whole where the base's text is known."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from unidiff.patch import PatchedFile

_LONGEST = 2_000


@dataclass(frozen=True)
class Side:
    """Lines by number (from 1) without their ends, and the changed ones with their block.

    A block is a run of changes without a kept line between them, the same on both sides.
    `kept` gives an unchanged line's number on the other side, within what the difference shows.
    `headings` are git's own words on what stands around a hunk, by the hunk's first line.
    """

    lines: dict[int, str] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    kept: dict[int, int] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)

    @cached_property
    def _blocks(self) -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for number, block in self.changed.items():
            found[block].append(number)
        return dict(found)

    def of_block(self, block: int) -> list[int]:
        """The numbers of a block's lines."""
        return self._blocks.get(block, [])


@dataclass(frozen=True)
class ChangedFile:
    """A file before and after; a path is empty where the file is not there."""

    old_path: str
    new_path: str
    old: Side
    new: Side

    @property
    def path(self) -> str:
        """Where it is now, or was."""
        return self.new_path or self.old_path

    @property
    def blocks(self) -> list[int]:
        """Every block, in order."""
        return sorted({*self.old.changed.values(), *self.new.changed.values()})


def changed_file(file: PatchedFile, texts: Mapping[str, str]) -> ChangedFile:
    """Both sides of a file; `texts` holds whole files of the base by path, as far as they are known."""
    old_path, new_path = paths_of(file)
    old, new = Side(), Side()
    block = 0
    for hunk in file:
        for side, start in ((old, hunk.source_start), (new, hunk.target_start)):
            side.headings[start] = hunk.section_header
        for line in hunk:
            text = _bounded(line.value.rstrip("\r\n"))
            before, after = line.source_line_no, line.target_line_no
            if line.is_context and before and after:
                block += 1
                old.lines[before], new.lines[after] = text, text
                old.kept[before], new.kept[after] = after, before
            elif line.is_removed and before:
                old.lines[before], old.changed[before] = text, block
            elif line.is_added and after:
                new.lines[after], new.changed[after] = text, block
        block += 1
    if old_path in texts:
        _fill(old, new, texts[old_path])
    return ChangedFile(old_path, new_path, _in_order(old), _in_order(new))


def _fill(old: Side, new: Side, text: str) -> None:
    """What the difference leaves out is the same on both sides, moved by what was added and removed above."""
    shift = 0
    for number, line in enumerate(re.split(r"\r?\n", text), start=1):
        if number in old.changed:
            shift -= 1
            continue
        if number not in old.kept:
            while number + shift in new.changed:
                shift += 1
            old.lines[number] = new.lines[number + shift] = _bounded(line)
        else:
            shift = old.kept[number] - number


def _bounded(text: str) -> str:
    """Lines of machines lose their middle: nobody writes a test so, and searching them takes long."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"


def _in_order(side: Side) -> Side:
    return Side(dict(sorted(side.lines.items())), side.changed, side.kept, side.headings)


def paths_of(file: PatchedFile) -> tuple[str, str]:
    """The path before and after, empty where there is none; git quotes what is not ASCII (git-config, quotePath)."""
    old, new = (_unquoted(path) for path in (file.source_file, file.target_file))
    return old.removeprefix("a/"), new.removeprefix("b/")


def _unquoted(path: str) -> str:
    if path == "/dev/null":
        return ""
    if not (path.startswith('"') and path.endswith('"')):
        return path
    octal = re.sub(r"\\([0-7]{3})", lambda byte: chr(int(byte[1], 8)), path[1:-1])
    return re.sub(r"\\(.)", r"\1", octal).encode("latin-1", "replace").decode("utf-8", "replace")
