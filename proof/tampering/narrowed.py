"""Settings and commands of test runners that leave tests out, or hide that they fail."""

import posixpath
import re
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile
from proof.tampering.command_change import records, runs_fewer, runs_tests, swallows
from proof.tampering.settings_text import Setting, settings
from proof.tampering.tamper_finding import TamperFinding, TamperKind, quoted

_PYTEST = re.compile(r"^\.?pytest\.(?:ini|toml)$|^(?:tox\.ini|setup\.cfg|pyproject\.toml|conftest\.py)$")
_JAVASCRIPT = re.compile(r"^(?:jest|vitest|vite)\.(?:config|workspace)\.|^\.mocharc|^package\.json$|^ava\.config\.")
_COMMANDS = re.compile(
    r"^(?:package\.json|tox\.ini|pyproject\.toml|noxfile\.py|(?:GNU)?[mM]akefile|[jJ]ustfile|Taskfile\.ya?ml|\.mocharc.*"
    r"|(?:run[-_])?tests?\.sh)$"
)
# Fewer of these, or more of those, and fewer tests run.
_WANTED = frozenset(
    {
        "testpaths",
        "python_files",
        "python_classes",
        "python_functions",
        "testMatch",
        "testRegex",
        "roots",
        "spec",
        "include",
    }
)
_UNWANTED = frozenset(
    {
        *(
            "norecursedirs",
            "collect_ignore",
            "collect_ignore_glob",
            "testPathIgnorePatterns",
            "modulePathIgnorePatterns",
        ),
        *("exclude", "ignore"),
    }
)
# `include` and `exclude` mean tests only there; elsewhere they are about packaging, types or coverage.
_IN_TESTS = frozenset({"include", "exclude", "ignore", "roots", "spec"})
_NO_TESTS = re.compile(r"node_modules|(?:^|/)\.?(?:git|hg|svn|venv|tox|nox|cache|_?build|dist|lib|out|\*?\.egg\S*)/?$")
_CALLED = re.compile(r"^(?:(?:pre|post)?tests?(?:[:_-].*)?|check|ci|coverage|commands|addopts)$")


def narrowed(file: ChangedFile) -> Iterator[TamperFinding]:
    """The findings in one file of settings, each at the setting's line; a new file can only leave tests out."""
    name = posixpath.basename(file.path)
    if not file.new_path:
        return
    if _PYTEST.match(name) or _JAVASCRIPT.match(name) or _COMMANDS.match(name):
        old = {one.name: one for one in settings(file.old)}
        for new in settings(file.new):
            if new.changed or (new.name in old and old[new.name].changed):
                yield from _compared(file.path, name, old.get(new.name), new, fresh=not file.old_path)
        yield from _dropped(file, old)
    if name == "noxfile.py" or name.endswith(".sh"):
        yield from _lines(file)


def _compared(path: str, name: str, old: Setting | None, new: Setting, *, fresh: bool) -> Iterator[TamperFinding]:
    said = quoted(f"{new.key} = {new.value}")
    before = old.value if old else ""
    if new.key == "addopts" or (old and _runs_tests(old) and _COMMANDS.match(name)):
        yield from _command(path, new, before, said)
    elif new.key == "xfail_strict" and re.match(r"[Ff]alse|0", new.value) and not re.match(r"[Ff]alse|0", before):
        yield _finding(
            "configuration", path, new.number, f"tests that pass though expected to fail no longer count ({said})"
        )
    elif new.key == "filterwarnings" and _errors(before) - _errors(new.value):
        yield _finding("configuration", path, new.number, f"a failure of the tests no longer counts ({said})")
    elif (new.key in _WANTED or new.key in _UNWANTED) and _about_tests(name, new):
        gone, come = set(old.items if old else ()) - set(new.items), set(new.items) - set(old.items if old else ())
        come = {item for item in come if not _NO_TESTS.search(item)}
        fewer = bool(come) if new.key in _UNWANTED else bool(gone) or (old is None and not fresh)
        if fewer and not _wider(new):
            yield _finding("configuration", path, new.number, f"fewer tests are run than before ({said})")


def _errors(warnings: str) -> set[str]:
    """The filters that make a warning fail a test."""
    return set(re.findall(r"\berror\b[^\s\"',]*", warnings))


def _runs_tests(setting: Setting) -> bool:
    return bool(_CALLED.match(setting.key)) or (setting.section == "scripts" and runs_tests(setting.value))


def _command(path: str, new: Setting, before: str, said: str) -> Iterator[TamperFinding]:
    if swallows(new.value, before):
        yield _finding("configuration", path, new.number, f"a failure of the tests no longer counts ({said})")
    elif records(new.value, before):
        yield _finding("snapshot", path, new.number, f"recorded results are rewritten by every run ({said})")
    elif runs_fewer(new.value, before):
        yield _finding("configuration", path, new.number, f"fewer tests are run than before ({said})")


def _dropped(file: ChangedFile, old: dict[tuple[str, str], Setting]) -> Iterator[TamperFinding]:
    """Test commands that are gone."""
    name = posixpath.basename(file.path)
    kept = {one.key for one in settings(file.new)}
    for one in old.values():
        if one.changed and one.key not in kept and re.match(r"^tests?$", one.key) and _COMMANDS.match(name):
            said = quoted(f"{one.key} = {one.value}")
            yield _finding(
                "configuration", file.path, one.number, f"the command that runs the tests was removed ({said})"
            )


def _about_tests(name: str, setting: Setting) -> bool:
    if setting.key not in _IN_TESTS:
        return True
    if setting.key in {"spec", "ignore"}:
        return name.startswith(".mocharc") or setting.section == "mocha"
    return setting.section == "test" or (setting.key == "roots" and name != "package.json") or setting.section == "jest"


def _wider(setting: Setting) -> bool:
    """Whether a list begins with the defaults, which then stay: vitest's `...configDefaults.exclude`, alone."""
    return bool(re.fullmatch(r"\s*\[\s*\.\.\.configDefaults\.\w+\s*,?\s*\]\s*,?\s*", setting.value))


def _lines(file: ChangedFile) -> Iterator[TamperFinding]:
    """Commands in a script: a line that took another's place."""
    for block in file.blocks:
        old = "\n".join(file.old.lines[number] for number in file.old.of_block(block))
        new = "\n".join(file.new.lines[number] for number in file.new.of_block(block))
        number = min(file.new.of_block(block), default=0)
        if number and (swallows(new, old) or (old and runs_fewer(new, old))):
            yield _finding("configuration", file.path, number, f"what the test command does was cut ({quoted(new)})")


def _finding(kind: TamperKind, path: str, number: int, text: str) -> TamperFinding:
    return TamperFinding(kind=kind, path=path, line=number, text=text)
