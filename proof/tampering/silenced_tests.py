"""Tests that are skipped, expected to fail, or left out by a change."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from proof.tampering.changed_line import ChangedLine
from proof.tampering.statement import COMMENT
from proof.tampering.tamper_finding import TamperFinding, quoted

# These speak of the file that they stand in, and of no other.
_OF_THE_FILE = re.compile(r"\bpytestmark\b|^//go:build\b")


def silenced(lines: Sequence[ChangedLine], new: Sequence[ChangedLine]) -> Iterator[TamperFinding]:
    """Findings for skips that were not there before; `new` begin tests that were not there before either."""
    moved = Counter(line.text for line in lines if not line.added)
    before = _skips_before(lines)
    names = {(line.path, line.names) for line in new}
    for line in lines:
        if not line.added or line.text.startswith(COMMENT):
            continue
        alone = line.dialect.alone.search(line.text) and not (line.fresh and _OF_THE_FILE.search(line.text))
        quiet = line.dialect.silencer.search(line.text) and (not line.fresh or line.path.endswith("conftest.py"))
        if not (alone or quiet):
            continue
        if moved[line.text]:
            moved[line.text] -= 1
        elif alone:
            text = f"other tests are left out ({quoted(line.text)})"
            yield TamperFinding(kind="skipped", path=line.path, line=line.number, text=text)
        elif (line.path, line.test) not in names and not _narrowed(line, before):
            text = f"a test is skipped or expected to fail ({quoted(line.text)})"
            about = (line.test,) if line.test else ()
            yield TamperFinding(kind="skipped", path=line.path, line=line.number, text=text, about=about)


def _skips_before(lines: Sequence[ChangedLine]) -> dict[tuple[str, int], list[str]]:
    """The skips that a change removes, by file and block."""
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for line in lines:
        if not line.added and line.dialect.silencer.search(line.text):
            found[line.path, line.block].append(line.text)
    return dict(found)


def _narrowed(line: ChangedLine, before: dict[tuple[str, int], list[str]]) -> bool:
    """Whether a skip of the same place stood there before, and skipped at least as much."""
    return any(_conditions(text) <= _conditions(line.text) for text in before.get((line.path, line.block), []))


def _conditions(text: str) -> bool:
    """False for a skip that always holds, which is worse than one on a condition."""
    always = any(word in text for word in ("skipif(True", "skipIf(True", "skipUnless(False", "runIf(false"))
    return not always and any(word in text for word in ("skipif", "skipIf", "skipUnless", "runIf", "condition="))
