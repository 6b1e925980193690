"""The changed lines of a diff's test-side files, each with the test that it stands in."""

import re
from collections.abc import Iterator

from unidiff.patch import PatchedFile

from domain.frozen import Frozen
from proof.dialect import Dialect, dialect_of


class ChangedLine(Frozen):
    """One line that was added or removed; `number` counts from 1 on its own side.

    `test` is the test around it, or a stand-in for the hunk when that is out of sight; `names` is the test
    that the line itself begins. `block` is the same for changes without a kept line between them. `fresh`
    says that the whole file is new, `dropped` that all of it is gone.
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


def changed_lines(file: PatchedFile) -> Iterator[ChangedLine]:
    """The changed lines of one file in their order; none if nobody taught us its language."""
    old, new = paths_of(file)
    dialect = dialect_of(new or old) or dialect_of(old)
    if dialect is None:
        return
    block = 0
    for count, hunk in enumerate(file):
        around = {side: name_in(dialect, hunk.section_header) or f"hunk {count}" for side in (True, False)}
        for line in hunk:
            names = name_in(dialect, line.value)
            sides = (True, False) if line.is_context else (line.is_added,)
            around |= {side: names for side in sides if names}
            if line.is_context:
                block += 1
            elif line.is_added or line.is_removed:
                yield ChangedLine(
                    path=new or old,
                    number=(line.target_line_no if line.is_added else line.source_line_no) or 1,
                    text=line.value.strip(),
                    added=line.is_added,
                    test=around[line.is_added],
                    names=names,
                    block=block,
                    fresh=file.is_added_file,
                    dropped=file.is_removed_file,
                    dialect=dialect,
                )
        block += 1


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


def name_in(dialect: Dialect, text: str) -> str:
    """The name of the test that a line begins, or nothing."""
    found = dialect.test.search(text)
    return found[1] if found else ""
