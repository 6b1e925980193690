"""Finds in a diff's text where tests were deleted, silenced or emptied.

The strong half of the gate is not here: the base's own tests run against the new code (`compare`). This half
sees what such a run can't: a test that still passes, but counts no more.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from proof.changed_line import ChangedLine, changed_lines, paths_of
from proof.plan import TEST_GLOBS, is_test_side

_COLLECTED = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$|_test\.go$")
_COMMENT = ("#", "*", "// ", "/*")


def text_findings(diff: str, globs: tuple[str, ...] = TEST_GLOBS) -> tuple[str, ...]:
    """Findings `path:line: what` of a unified diff; moved and renamed tests are none, nor is what is new.

    Python, JavaScript and Go are understood; a diff that can't be read is a finding itself.
    """
    try:
        files = list(PatchSet(diff))
    except UnidiffParseError:
        return ("the diff can't be read, so its tests could not be compared",)
    sided = [file for file in files if any(path and is_test_side(path, globs) for path in paths_of(file))]
    lines = [line for file in sided for line in changed_lines(file)]
    renamed = _renamed(lines)
    deleted = [line for line in _removed_tests(lines) if line.names not in renamed]
    emptied = _emptied(lines, {line.names for line in deleted}, renamed)
    return (*_hidden(sided), *_deleted(deleted), *_silenced(lines), *emptied)


def _hidden(files: Iterable[PatchedFile]) -> Iterator[str]:
    """Renames after which runners no longer take the file for tests."""
    for old, new in map(paths_of, files):
        if old and new and _COLLECTED.search(old) and not _COLLECTED.search(new):
            yield f"{new}:1: a file of tests was renamed so that it may not run any more (it was {old})"


def _unmatched(lines: Iterable[ChangedLine], others: Iterable[str]) -> Iterator[ChangedLine]:
    """The lines that begin a test which is not among `others`, each of which matches one line."""
    left = Counter(others)
    for line in lines:
        if left[line.names]:
            left[line.names] -= 1
        else:
            yield line


def _removed_tests(lines: Sequence[ChangedLine]) -> list[ChangedLine]:
    removed = [line for line in lines if line.names and not line.added]
    return list(_unmatched(removed, [line.names for line in lines if line.names and line.added]))


def _added_tests(lines: Sequence[ChangedLine]) -> list[ChangedLine]:
    added = [line for line in lines if line.names and line.added]
    return list(_unmatched(added, [line.names for line in lines if line.names and not line.added]))


def _renamed(lines: Sequence[ChangedLine]) -> dict[str, str]:
    """Old name to new name, where one test's first line took the place of another's."""
    new = _added_tests(lines)
    names: dict[str, str] = {}
    for old in _removed_tests(lines):
        for line in new:
            if (line.path, line.block) == (old.path, old.block):
                names[old.names] = line.names
                new.remove(line)
                break
    return names


def _deleted(tests: Sequence[ChangedLine]) -> Iterator[str]:
    whole = Counter(line.path for line in tests if line.dropped)
    for path, count in whole.items():
        yield f"{path}:1: the file was deleted with its {count} test{'s' if count > 1 else ''}"
    for line in tests:
        if not line.dropped:
            yield f"{line.path}:{line.number}: the test {line.names} was deleted"


def _silenced(lines: Sequence[ChangedLine]) -> Iterator[str]:
    moved = Counter(line.text for line in lines if not line.added)
    new = {(line.path, line.names) for line in _added_tests(lines)}
    for index, line in enumerate(lines):
        if not line.added or line.text.startswith(_COMMENT):
            continue
        alone = line.dialect.alone.search(line.text)
        quiet = line.dialect.silencer.search(line.text) and not line.fresh
        if not (alone or quiet):
            continue
        if moved[line.text]:
            moved[line.text] -= 1
        elif alone:
            yield f"{line.path}:{line.number}: other tests are left out ({line.text[:80]})"
        elif (line.path, _silenced_test(lines, index)) not in new:
            yield f"{line.path}:{line.number}: a test is skipped or expected to fail ({line.text[:80]})"


def _silenced_test(lines: Sequence[ChangedLine], index: int) -> str:
    """A decorator belongs to the test below it; that one is new only if its first line was added right there."""
    line = lines[index]
    if not line.text.startswith("@"):
        return line.test
    below = (other for other in lines[index:] if other.names and other.added)
    test = next(below, None)
    return test.names if test and (test.path, test.block) == (line.path, line.block) else ""


def _emptied(lines: Sequence[ChangedLine], deleted: set[str], renamed: dict[str, str]) -> Iterator[str]:
    checks = [line for line in lines if line.dialect.assertion.search(line.text)]
    added = {(line.path, line.test) for line in checks if line.added}
    moved = Counter(line.text for line in checks if line.added)
    told: set[tuple[str, str]] = set()
    for line in checks:
        place = (line.path, renamed.get(line.test, line.test))
        if line.added or line.test in deleted or line.dropped or place in added or place in told:
            continue
        if moved[line.text]:
            moved[line.text] -= 1
            continue
        told.add(place)
        yield f"{line.path}:{line.number}: an assertion was removed and none put in its place ({line.text[:80]})"
