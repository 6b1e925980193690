"""Lines that end the run of the tests before they are through, or that try a failed test again."""

import re
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.changed_line import name_in
from proof.tampering.dialect import Dialect, dialect_of
from proof.tampering.statement import COMMENT
from proof.tampering.tamper_finding import TamperFinding, quoted
from proof.tampering.ways_out import outer

_COLLECTED = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?|conftest)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$")
_ANYWHERE = re.compile(
    r"(?<!['\"\w.])(?:os\._exit|os\.abort|pytest\.exit|os\.kill\(\s*os\.getpid)\b(?!['\"])"
    r"|\batexit\.register\([^)]*\b_?exit\b"
    r"|(?<!['\"\w])process\.(?:exit|reallyExit|abort)\(|(?<!['\"\w])process\.exitCode\s*=(?!=)"
    r"|(?<!['\"\w])process\.on\(\s*['\"](?:exit|beforeExit|uncaughtException|unhandledRejection)['\"]"
)
# These stand for what a program does, in the tests of a program.
_BARE = re.compile(r"^\s*(?:(?:sys\.exit|quit|exit)\(|raise\s+SystemExit\b)")
_TEXT = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`""")
_AGAIN = re.compile(
    r"\bmark\.flaky\b|@(?:[\w.]+\.)?(?:flaky|retry|rerun)\b|\b(?:jest|vi)\.retryTimes\(|\bthis\.retries\(\s*[1-9]"
    r"|\(\s*(['\"`]).*?\1\s*,\s*\{\s*(?:retry|retries)\s*:\s*[1-9]"
)


def run_ends(file: ChangedFile) -> Iterator[TamperFinding]:
    """The findings in one test-side file; a new file of tests may repeat itself, but not end the run."""
    dialect = dialect_of(file.path)
    if dialect is None or not file.new_path:
        return
    removed = {file.old.lines[number].strip() for number in file.old.changed}
    before = {name_in(dialect, text) for text in file.old.lines.values()}
    for number in file.new.changed:
        text = file.new.lines[number]
        if text.strip() in removed or text.strip().startswith(COMMENT):
            continue
        if _ends(file, number):
            yield _finding(file, number, "the run of the tests can end before they do")
        elif file.old_path and _AGAIN.search(text) and not _is_of_a_new_test(file.new, number, dialect, before):
            yield _finding(file, number, "a failed test is tried again until it passes")


def _ends(file: ChangedFile, number: int) -> bool:
    if not (file.old_path or _COLLECTED.search(file.new_path)):
        return False
    text = file.new.lines[number]
    if _ANYWHERE.search(text) and not _is_in_text(text):
        return True
    return bool(_BARE.match(text) and _COLLECTED.search(file.new_path)) and _is_reached(file.new, number)


def _is_in_text(text: str) -> bool:
    """Whether it stands in a string only, as a program that a test starts may."""
    return not re.search(r"_exit|abort|\bexit|exitCode|kill", _TEXT.sub("", text))


def _is_reached(side: Side, number: int) -> bool:
    """Whether it is in a test or in the module itself, and nobody waits for it to be raised."""
    head = outer(side, number)
    while head is not None:
        text = side.lines[head]
        if re.search(r"\braises\(|__main__|\bassertRaises|^\s*except\b", text):
            return False
        if found := re.match(r"\s*(?:async\s+)?def\s+(\w+)", text):
            return found[1].startswith(("test", "setUp", "setup_"))
        head = outer(side, head)
    return True


def _is_of_a_new_test(side: Side, number: int, dialect: Dialect, before: set[str]) -> bool:
    below = (name_in(dialect, side.lines.get(line, "")) for line in range(number, number + 8))
    name = next(filter(None, below), "")
    return bool(name) and name not in before


def _finding(file: ChangedFile, number: int, what: str) -> TamperFinding:
    text = f"{what} ({quoted(file.new.lines[number])})"
    return TamperFinding(kind="skipped", path=file.path, line=number, text=text)
