"""Settings of test runners that try failed tests again, let failures pass, or load something else than was written."""

import posixpath
import re
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile
from proof.tampering.settings_text import Setting, settings
from proof.tampering.tamper_finding import TamperFinding, quoted

_FILES = re.compile(
    r"^(?:\.?pytest\.(?:ini|toml)|tox\.ini|setup\.cfg|pyproject\.toml|(?:jest|vitest|vite|ava|playwright)\.(?:config|workspace)\..*"
    r"|\.mocharc.*|\.taprc|package\.json|(?:GNU)?[mM]akefile|[jJ]ustfile|Taskfile\.ya?ml|noxfile\.py|(?:run[-_])?tests?\.sh)$"
)
_ON = re.compile(r"[\"']?(?:true|True|1|yes|on)\b")
_OFF = re.compile(r"[\"']?(?:false|False|0|no|off)\b")
_SOME = re.compile(r"[\"']?[1-9]")
_ANY = re.compile(r"\S")
_LOCAL = re.compile(r"<rootDir>|[\"']\.{1,2}/")
_RELATIVE = re.compile(r"[\"']\^?(?:\\*\.){1,2}(?:\\*/)|find\s*:\s*[\"']\.")
_AGAIN = "a failed test is tried again until it passes"
_LOOSE = "a failure of the tests no longer counts"
_FEWER = "fewer tests are run than before"
_OTHER = "how tests are loaded or run is replaced"
# Where `package.json` holds a runner's settings, and which keys mean tests only in a section of theirs.
_SECTIONS = frozenset(
    {"jest", "vitest", "mocha", "ava", "tap", "test", "pytest", "tool.pytest.ini_options", "tool:pytest"}
)
_KEYS = (
    ("retry|retries|reruns|flake-finder-runs", _SOME, _AGAIN),
    (
        "passWithNoTests|dangerouslyIgnoreUnhandledErrors|allowOnly|ignore_outcome|ignore_errors|allow-uncaught",
        _ON,
        _LOOSE,
    ),
    ("forbidOnly|forbid-only|forbidPending|errorOnDeprecated|xfail_strict|check-leaks", _OFF, _LOOSE),
    ("testNamePattern|grep|fgrep|invert|-g|-t|match", _ANY, _FEWER),
    ("testRunner|runner|resolver|globalTeardown|transform", _LOCAL, _OTHER),
    ("moduleNameMapper|alias", _RELATIVE, _OTHER),
)
_RULES = tuple((re.compile(keys), value, what) for keys, value, what in _KEYS)
_LINES = (
    (re.compile(r"\bpython[\d.]*\s+(?:-\w+\s+){0,5}-OO?\b|\bPYTHONOPTIMIZE\b"), _LOOSE),
    (re.compile(r"^\.IGNORE\s*:"), _LOOSE),
    (re.compile(r"--(?:reruns|retry|retries|flake-finder)[= ]\s*[1-9]"), _AGAIN),
    (re.compile(r"\bpytest11\b"), _OTHER),
)
# What pytest is told once for all: plug-ins, other settings, a choice of tests.
_OPTION = re.compile(
    r"(?:^|[\s\"',=\[])(?P<option>-p|-m|-c|-o|--override-ini|--noconftest|--confcutdir|--rootdir)(?=[\s=\"',]|$)"
    r"\s*[=\s\"',]*(?P<value>[^\s\"',]*)"
)
_CHOICE = frozenset({"-m"})


def run_settings(file: ChangedFile) -> Iterator[TamperFinding]:
    """The findings in one file of settings, each at the setting's line."""
    name = posixpath.basename(file.path)
    if not (file.new_path and _FILES.match(name)):
        return
    old = {one.name: one for one in settings(file.old)}
    new = settings(file.new)
    for one in new:
        if one.changed and (what := _what(name, old.get(one.name), one)):
            yield _finding(file, one.number, what, f"{one.key} = {one.value}")
    kept = {one.key for one in new}
    for one in old.values():
        if one.changed and one.key not in kept and _was_strict(one):
            yield _finding(file, one.number, _LOOSE, f"{one.key} = {one.value}")
    yield from _lines(file)


def _what(name: str, old: Setting | None, new: Setting) -> str:
    before = old.value if old else ""
    if new.key == "addopts" and (what := _options(before, new.value)):
        return what
    if new.key in {"commands", "test"} and _ignores(new.value) > _ignores(before):
        return _LOOSE
    if name in {"package.json", "pyproject.toml", "setup.cfg", "tox.ini"} and not _is_a_runners(new):
        return ""
    for keys, value, what in _RULES:
        if (
            keys.fullmatch(new.key)
            and value.search(new.value)
            and len(value.findall(new.value)) > len(value.findall(before))
        ):
            return what
        if keys.fullmatch(new.key) and what == _FEWER and old is None:
            return what
    return ""


def _is_a_runners(setting: Setting) -> bool:
    return setting.section in _SECTIONS or setting.section.startswith("testenv") or setting.key == "ignore_outcome"


def _options(before: str, after: str) -> str:
    known = [(found["option"], found["value"]) for found in _OPTION.finditer(before)]
    for found in _OPTION.finditer(after):
        if (found["option"], found["value"]) not in known:
            return _FEWER if found["option"] in _CHOICE else _OTHER
    return ""


def _ignores(commands: str) -> int:
    """How many commands of tox may fail: those behind a dash."""
    return len(re.findall(r"^\s*-\s+\S", commands, re.MULTILINE))


def _was_strict(setting: Setting) -> bool:
    return setting.key in {"xfail_strict", "forbidOnly", "forbid-only"} and bool(_ON.match(setting.value))


def _lines(file: ChangedFile) -> Iterator[TamperFinding]:
    for shape, what in _LINES:
        before = sum(bool(shape.search(file.old.lines[number])) for number in file.old.changed)
        for number in file.new.changed:
            if shape.search(file.new.lines[number]) and not file.new.lines[number].lstrip().startswith(("#", "//")):
                before -= 1
                if before < 0:
                    yield _finding(file, number, what, file.new.lines[number])


def _finding(file: ChangedFile, number: int, what: str, said: str) -> TamperFinding:
    return TamperFinding(kind="configuration", path=file.path, line=number, text=f"{what} ({quoted(said)})")
