"""What steers the test runner from files that belong to the product too, or by standing in the runner's place."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from proof.tampering.changed_file import ChangedFile
from proof.tampering.command_change import runs_tests
from proof.tampering.settings_text import Setting, settings
from proof.tampering.tamper_finding import TamperFinding

_MIXED = re.compile(r"^(?:pyproject\.toml|setup\.cfg|package\.json|(?:GNU)?[mM]akefile|[jJ]ustfile|vite\.config\..*)$")
_SECTIONS = re.compile(
    r"^(?:tool[.:](?:pytest|coverage|tox|nox|poe|pdm\.scripts|hatch\.envs)|coverage:|jest$|mocha$|nyc$|c8$|ava$|tap$|test$)"
)
_KEYS = re.compile(r"^(?:(?:pre|post)?tests?(?:[:_-].*)?|check|jest|mocha|nyc|c8|ava|tap)$")
_RUNNERS = "pytest|_pytest|pluggy|unittest|sitecustomize|usercustomize"
_SHADOW = re.compile(
    rf"^(?:src/)?(?:{_RUNNERS})(?:\.py|/__init__\.py)$|\.pth$|(?:^|/)node_modules/(?:\.bin|jest\w*|vitest|mocha|ava|tap)/"
)


def steers(file: ChangedFile) -> bool:
    """Whether the change touches how tests are run in a file that says other things as well."""
    name = posixpath.basename(file.path)
    if not _MIXED.match(name):
        return False
    every = (*settings(file.old), *settings(file.new))
    return any(one.changed and _is_about_tests(one) for one in every)


def _is_about_tests(one: Setting) -> bool:
    script = one.section == "scripts" and runs_tests(one.value)
    return bool(script or _SECTIONS.match(one.section) or _KEYS.match(one.key))


def shadows(files: Iterable[ChangedFile]) -> Iterator[TamperFinding]:
    """Files that Python or Node would load instead of the runner."""
    for file in files:
        if file.new_path and is_shadow(file.new_path):
            text = "a file like this stands in for the test runner"
            yield TamperFinding(kind="configuration", path=file.new_path, line=1, text=text)


def is_shadow(path: str) -> bool:
    """Whether a file of this path is loaded in place of a test runner."""
    return bool(_SHADOW.search(path))
