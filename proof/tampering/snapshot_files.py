"""Recorded expectations that were rewritten wholesale."""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from proof.tampering.changed_file import ChangedFile
from proof.tampering.statement import Statement
from proof.tampering.tamper_finding import TamperFinding, quoted

SNAPSHOT = re.compile(
    r"(?:^|/)__snapshots__/|(?:^|/)(?:__)?(?:image_)?snapshots?(?:__)?/|(?:^|/)goldens?/|\.(?:snap|ambr|golden|approved\.\w+)$"
)
_ENTRY = re.compile(r"^exports\[`(.*)`\]|^# name: (.*)$")
_LEAST_LINES = 6
_SHARE = 0.5


def rewritten(
    files: Sequence[ChangedFile], statements: Sequence[Statement], texts: Mapping[str, str], share: float = _SHARE
) -> Iterator[TamperFinding]:
    """A finding for each snapshot of which more than `share` was rewritten while no test changed.

    `texts` are whole files of the base; of one that is not known, what the difference shows counts as all of it.
    """
    if any(one.touched for one in statements):
        return
    tests = {posixpath.basename(file.old_path) for file in files if not file.new_path or file.new_path != file.old_path}
    for file in files:
        yield from _removed(file, tests)
        if not (file.old_path and file.new_path and SNAPSHOT.search(file.old_path)):
            continue
        lines = [text for text in file.old.lines.values() if text.strip()]
        gone = sum(bool(file.old.lines[number].strip()) for number in file.old.changed)
        enough = len(lines) >= _LEAST_LINES or file.old_path in texts
        if enough and gone > share * len(lines):
            number = min(file.new.changed, default=1)
            text = f"{gone} of {len(lines)} lines of recorded results were rewritten and no test changed"
            yield TamperFinding(kind="snapshot", path=file.new_path, line=number, text=text)


def _removed(file: ChangedFile, gone: Collection[str]) -> Iterator[TamperFinding]:
    """Results that are written anew when they are missing; those of a test file that is `gone` too may go."""
    if not (file.old_path and SNAPSHOT.search(file.old_path)):
        return
    if not file.new_path:
        if posixpath.splitext(posixpath.basename(file.old_path))[0] not in gone:
            yield _finding(file, 1, posixpath.basename(file.old_path))
        return
    kept = {name for text in file.new.lines.values() if (name := _entry(text))}
    for number in file.old.changed:
        name = _entry(file.old.lines[number])
        if name and name not in kept:
            yield _finding(file, number, name)


def _entry(text: str) -> str:
    found = _ENTRY.match(text)
    return found[1] or found[2] if found else ""


def _finding(file: ChangedFile, number: int, said: str) -> TamperFinding:
    text = f"recorded results were removed and no test changed ({quoted(said)})"
    return TamperFinding(kind="snapshot", path=file.path, line=number, text=text)
