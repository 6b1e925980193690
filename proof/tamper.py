"""Finds in a diff's text where tests were deleted, silenced, weakened, or left out.

The strong half of the gate is not here: the base's own tests run against the new code (`compare`). This half
sees what such a run can't: a test that still passes, but counts no more.
"""

from collections.abc import Iterator, Mapping, Sequence

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from proof.code_paths import alters_code
from proof.plan import TEST_GLOBS, is_test_side
from proof.steering import is_shadow, shadows, steers
from proof.tampering.assertions import Assertions
from proof.tampering.changed_file import ChangedFile, changed_file, paths_of
from proof.tampering.changed_line import carried, changed_lines
from proof.tampering.ci_switches import switched_off
from proof.tampering.conditions import conditional
from proof.tampering.coverage_floor import lowered
from proof.tampering.dead_checks import dead_checks
from proof.tampering.deleted_tests import Tests, deletions, hidden_files
from proof.tampering.hidden_tests import redefined, skipped_examples
from proof.tampering.narrowed import narrowed
from proof.tampering.run_ends import run_ends
from proof.tampering.run_settings import run_settings
from proof.tampering.silenced_tests import silenced
from proof.tampering.snapshot_files import SNAPSHOT, rewritten
from proof.tampering.stand_ins import stand_ins
from proof.tampering.stand_ins_javascript import stand_ins_javascript
from proof.tampering.statement import statements
from proof.tampering.tamper_finding import TamperFinding
from proof.tampering.tolerances import widened
from proof.tampering.uncollected import uncollected

SNAPSHOT_SHARE = 0.5
_RULES = (
    dead_checks,
    conditional,
    uncollected,
    stand_ins,
    stand_ins_javascript,
    run_ends,
    redefined,
    widened,
)
_UNREADABLE = TamperFinding(kind="weakened", path="", text="the diff can't be read, so its tests could not be compared")


def text_findings(
    diff: str,
    globs: tuple[str, ...] = TEST_GLOBS,
    texts: Mapping[str, str] | None = None,
    snapshot_share: float = SNAPSHOT_SHARE,
) -> tuple[TamperFinding, ...]:
    """Findings of a unified diff; what is moved, renamed, joined into a table or new is none.

    `texts` holds whole files of the base by path; with them what stands around a change is known too.
    `snapshot_share` is how much of a recorded result may be rewritten alone. Python, JavaScript, TypeScript and
    Go are understood, and the settings of their runners; a diff that can't be read is a finding itself.
    """
    try:
        files = [changed_file(file, texts or {}) for file in PatchSet(diff)]
    except UnidiffParseError:
        return (_UNREADABLE,)
    sided = [
        file for file in files if any(is_test_side(path, globs) for path in (file.old_path, file.new_path) if path)
    ]
    found = (*shadows(files), *_of_tests(sided, texts or {}, snapshot_share), *_of_settings(files))
    return tuple({(one.path, one.line or one.text, one.kind): one for one in reversed(found)}.values())[::-1]


def steering_paths(
    diff: str, globs: tuple[str, ...] = TEST_GLOBS, texts: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The paths that come from the base when its tests judge the new code: tests, and what steers their runner.

    Of files that say other things as well (`package.json`) only those where the change touches the tests' part.
    A diff that can't be read gives none.
    """
    try:
        files = [changed_file(file, texts or {}) for file in PatchSet(diff)]
    except UnidiffParseError:
        return ()
    steering = [file for file in files if steers(file)]
    paths = {path for file in files for path in (file.old_path, file.new_path) if path}
    own = {path for path in paths if is_test_side(path, globs) or is_shadow(path)}
    return tuple(sorted(own | {path for file in steering for path in (file.old_path, file.new_path) if path}))


def removed_tests(diff: str, globs: tuple[str, ...] = TEST_GLOBS) -> tuple[str, ...]:
    """The names of the tests whose first lines a diff takes away, or gives another name; quotation marks are gone."""
    try:
        files = [changed_file(file, {}) for file in PatchSet(diff)]
    except UnidiffParseError:
        return ()
    lines = [line for file in files if is_test_side(file.old_path, globs) for line in changed_lines(file)]
    return tuple(sorted({line.names.strip("'\"`") for line in lines if line.names and not line.added}))


def is_untested(diff: str, globs: tuple[str, ...] = TEST_GLOBS) -> bool:
    """Whether a diff alters code and touches no test."""
    try:
        files = [changed_file(file, {}) for file in PatchSet(diff)]
    except UnidiffParseError:
        return False
    paths = [path for file in files for path in (file.old_path, file.new_path) if path]
    return any(map(alters_code, files)) and not any(is_test_side(path, globs) for path in paths)


def paths_to_read(diff: str, globs: tuple[str, ...] = TEST_GLOBS) -> tuple[str, ...]:
    """The base's files whose whole text `text_findings` can use: all but product code."""
    try:
        paths = [paths_of(file) for file in PatchSet(diff)]
    except UnidiffParseError:
        return ()
    return tuple(old for old, _ in paths if old and (is_test_side(old, globs) or not _is_product(old)))


def _is_product(path: str) -> bool:
    config = path.endswith((".toml", ".cfg", ".ini", ".json", ".yml", ".yaml", "rc", "akefile")) or ".config." in path
    return not (config or SNAPSHOT.search(path))


def _of_tests(files: Sequence[ChangedFile], texts: Mapping[str, str], share: float) -> Iterator[TamperFinding]:
    lines = [line for file in files for line in changed_lines(file)]
    asserted = [one for file in files for one in statements(file)]
    tests = Tests(lines, asserted, {old: new for file in files for old, new in carried(file).items()})
    yield from hidden_files(files)
    yield from deletions(tests)
    yield from silenced(lines, tests.added)
    yield from Assertions(asserted, tests.renamed).findings({line.names for line in tests.removed} - {*tests.renamed})
    for file in files:
        for rule in _RULES:
            yield from rule(file)
    yield from rewritten(files, asserted, texts, share)


def _of_settings(files: Sequence[ChangedFile]) -> Iterator[TamperFinding]:
    for file in files:
        yield from narrowed(file)
        yield from run_settings(file)
        yield from lowered(file)
        yield from switched_off(file)
        yield from skipped_examples(file)
