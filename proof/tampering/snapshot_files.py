"""Recorded expectations that were rewritten wholesale."""

import re
from collections.abc import Iterator, Mapping, Sequence

from proof.tampering.changed_file import ChangedFile
from proof.tampering.statement import Statement
from proof.tampering.tamper_finding import TamperFinding

SNAPSHOT = re.compile(
    r"(?:^|/)__snapshots__/|(?:^|/)(?:__)?(?:image_)?snapshots?(?:__)?/|(?:^|/)goldens?/|\.(?:snap|ambr|golden|approved\.\w+)$"
)
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
    for file in files:
        if not (file.old_path and file.new_path and SNAPSHOT.search(file.old_path)):
            continue
        lines = [text for text in file.old.lines.values() if text.strip()]
        gone = sum(bool(file.old.lines[number].strip()) for number in file.old.changed)
        enough = len(lines) >= _LEAST_LINES or file.old_path in texts
        if enough and gone > share * len(lines):
            number = min(file.new.changed, default=1)
            text = f"{gone} of {len(lines)} lines of recorded results were rewritten and no test changed"
            yield TamperFinding(kind="snapshot", path=file.new_path, line=number, text=text)
