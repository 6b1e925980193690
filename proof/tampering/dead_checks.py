"""Assertions that stand where they did and are not reached any more, or whose failure is caught."""

import re
import sys
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.changed_line import name_in, tests_around
from proof.tampering.dialect import dialect_of
from proof.tampering.tamper_finding import TamperFinding, quoted
from proof.tampering.ways_out import catches, leaves_early

_ENDS = re.compile(
    r"^\s*(?:return(?:\s+None)?;?|raise\b.*|throw\b.*;?|continue;?|break;?|sys\.exit\(0?\)|os\._exit\(0\))\s*(?:#.*|//.*)?$"
)
_NEVER = re.compile(r"^\s*(?:if|while)\s*\(?\s*(?:False|false|0|None)\s*\)?\s*(?::|\{|and\b|&&)")
_CAUGHT = re.compile(
    r"^\s*except\s*\(?[^:]*\bAssertionError\b|\bsuppress\([^)]*\b(?:AssertionError|BaseException|Exception)\b"
)
_ELSEWHERE = re.compile(r"^\s*(?:def|class|async def|elif|else|except|finally|case|default|function|\}|\)|@)")
_ANY_HOOK = re.compile(r"^(?:async\s+)?def\s+pytest_\w+\(")
_HOOK = re.compile(
    r"^def\s+pytest_(?:runtest_(?:makereport|protocol|call|logreport)|pyfunc_call|report_teststatus|ignore_collect"
    r"|cmdline_main|load_initial_conftests|collect_(?:file|directory)|pycollect_make\w+)\b"
    r"|\bitems\[:\]\s*=(?!=)|\bdel\s+items\b|\bitems\.(?:remove|clear|pop)\(|\bpytest_deselected\b"
    r"|\bexitstatus\s*=(?!=)|\bconfig\.(?:option\.\w+|args)\s*=(?!=)"
    r"|\.(?:outcome|excinfo|wasxfail|runtest|obj)\s*=(?!=)|\.force_result\("
)
# A mark whose name is not written there may be any; that of a skip is found elsewhere.
_MARKS = re.compile(r"\.add_marker\(\s*(?!pytest\.mark\.|mark\.|[\"'](?!skip|xfail))")
_ALWAYS_HOOK = re.compile(r"^def\s+load_tests\(")
# The product, or what assertions are made of, under another's name.
_REPLACED = re.compile(
    r"\bsys\.modules\[[^\]]+\]\s*=(?!=)|^\s*(?:builtins|__builtins__)\.\w+\s*=(?!=)|^(?:mock\.)?patch(?:\.object)?\(.*\.start\(\)"
)
_ASSIGNED = re.compile(
    r"^\s+(?!self\b|cls\b|request\b|config\b|session\b|item\b|node\b)(?P<module>[A-Za-z_]\w*)(?:\.\w+)+\s*=(?!=)"
)
# An assignment to what a module holds, outside of any function: it stays for all tests.
_PATCHED = re.compile(r"^(?:setattr\(\s*(?=\w+\s*,)|(?=\w+\.))(?P<module>[A-Za-z_]\w*)(?:(?:\.\w+)+\s*=(?!=)|\s*,)")
# The same for every test that a fixture is used for unasked.
_STAND_IN = re.compile(
    r"\b(?:monkeypatch\.setattr|(?:mocker\.|mock\.)?patch(?:\.object)?)\(\s*[\"']?(?P<module>[A-Za-z_]\w*)"
)
_NEAR = 6
_NOT_TESTED = frozenset(
    {"pytest", "_pytest", "hypothesis", "settings", "numpy", "np", "pandas", "pd", "matplotlib", "plt"}
)


def dead_checks(file: ChangedFile) -> Iterator[TamperFinding]:
    """The findings in one file that was there before; new tests may do as they like, but no new conftest.py."""
    dialect = dialect_of(file.path)
    if dialect is None or not file.new_path:
        return
    around = tests_around(file.new, dialect)
    before = {name_in(dialect, text) for text in file.old.lines.values()}
    fresh = {name_in(dialect, file.new.lines[number]) for number in file.new.changed} - before
    known = {
        number for number, text in file.new.lines.items() if (name := name_in(dialect, text)) and name not in fresh
    }
    removed = {file.old.lines[number].strip() for number in file.old.changed}
    hooked = file.new_path.endswith("conftest.py") or any(map(_ANY_HOOK.match, file.new.lines.values()))
    for number in file.new.changed:
        text, test = file.new.lines[number], around[number]
        if text.strip() in removed:
            continue
        if file.new_path.endswith(".py") and (what := _of_runner(file, number, hooked=hooked)):
            yield _finding(file, number, what, "")
        elif file.old_path and test and test not in fresh and (what := _what(file.new, number)):
            yield _finding(file, number, what, test)
        elif file.old_path and leaves_early(file.new, number, dialect, known):
            yield _finding(file, number, "a part of a test is not reached any more", test)
        elif file.old_path and catches(file.new, number, dialect):
            yield _finding(file, number, "a failed assertion is caught", test)


def _of_runner(file: ChangedFile, number: int, *, hooked: bool) -> str:
    """What a line of a conftest.py, or of another file with hooks of the runner, does to all tests."""
    side, text = file.new, file.new.lines[number]
    is_conftest = file.new_path.endswith("conftest.py")
    if _ALWAYS_HOOK.search(text) or (hooked and (_HOOK.search(text) or _MARKS.search(text))):
        return "a hook changes which tests run or how they end"
    if not is_conftest:
        return ""
    above = "".join(side.lines.get(line, "") for line in range(number - _NEAR, number))
    patched = _PATCHED.match(text) or ("autouse=True" in above and (_STAND_IN.search(text) or _ASSIGNED.match(text)))
    is_ours = patched and patched["module"] not in {*sys.stdlib_module_names, *_NOT_TESTED}
    return "what the tests are about is replaced" if is_ours or _REPLACED.search(text) else ""


def _what(side: Side, number: int) -> str:
    text = side.lines[number]
    if _NEVER.match(text) or (_ENDS.match(text) and _goes_on(side, number)):
        return "a part of a test is not reached any more"
    return "a failed assertion is caught" if _CAUGHT.search(text) else ""


def _goes_on(side: Side, number: int) -> bool:
    """Whether the next line belongs to the same block, and so can't be reached."""
    below = (side.lines.get(line, "") for line in range(number + 1, number + 4))
    following = next(filter(str.strip, below), "")
    return bool(following) and _indent(following) == _indent(side.lines[number]) and not _ELSEWHERE.match(following)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _finding(file: ChangedFile, number: int, what: str, test: str) -> TamperFinding:
    text = f"{what} ({quoted(file.new.lines[number])})"
    return TamperFinding(kind="skipped", path=file.path, line=number, text=text, about=(test,) if test else ())
