"""Finds Python tests, and tells pytest's from unittest's."""

import posixpath
import re
from collections.abc import Sequence

from domain.repository import TestRules
from proof.detection.command_line import plan_of
from proof.detection.found import FoundTests
from proof.detection.project_tree import ProjectTree, Read

_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")
# What counts where no file is named so: unittest finds the first of these by itself. `testing.py` is often product.
_OTHER_TEST_FILE = re.compile(r"(?:^|/)(?:test[A-Z0-9][^/]*|[^/]*_tests)\.py$")
PYTHON_MANIFESTS = frozenset(
    ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "tox.ini", "noxfile.py", "hatch.toml")
)
_PYTEST_SETTINGS = (
    ("pytest.ini", rb""),
    (".pytest.ini", rb""),
    ("pyproject.toml", rb"""(?m)^\s*\[tool\.pytest|["']pytest(?:[\s"'<>=~!\[]|$)"""),
    ("setup.cfg", rb"(?m)^\s*\[tool:pytest\]"),
    ("tox.ini", rb"(?m)^\s*\[pytest\]|^\s*(?:commands\s*=\s*)?[^#\n=]*\bpytest\b"),
    ("noxfile.py", rb"""session\.run\([^)]*["']pytest["']"""),
    ("hatch.toml", rb"\bpytest\b"),
)
# Names are matched by what ends them: they may be in any script, and these are bytes.
_PYTEST = re.compile(
    rb"(?m)^\s*(?:import pytest|from pytest)\b|^(?:async )?def test[^\s(]*\(|^class Test[^\s(:]*(?:\((?:object)?\))?:"
)
_UNITTEST = re.compile(rb"(?m)^\s*(?:import|from) (?:unittest|django\.test)\b|^class [^\s(]+\([^)]*TestCase\b")
_READ_AT_MOST = 200


def python_tests(tree: ProjectTree, rules: TestRules) -> FoundTests | None:
    """Run pytest if its settings, a conftest.py or its kind of tests are there; unittest if only test cases are.

    tox, nox and hatch are not started, for they install what they need: they tell which runner it is.
    """
    known, read = set(tree.files), tree.read
    for named in (_TEST_FILE, _OTHER_TEST_FILE):
        candidates = [path for path in tree.files if named.search(path)]
        texts = {path: read(path) or b"" for path in candidates[:_READ_AT_MOST]}
        tests = [path for path in candidates if path not in texts or _is_test(texts[path])]
        if tests:
            break
    else:
        return None
    if _uses_pytest(known, read) or any(_PYTEST.search(text) for text in texts.values()):
        command = "python -m pytest"
    elif "manage.py" in known and any(b"django" in text for text in texts.values()):
        command = "python manage.py test"
    else:
        command = _unittest_command(tests, known)
    has_manifest = bool(PYTHON_MANIFESTS & known)
    return FoundTests(plan=plan_of(command, rules), has_manifest=has_manifest, test_files=len(tests))


def _is_test(text: bytes) -> bool:
    return bool(_PYTEST.search(text) or _UNITTEST.search(text))


def _uses_pytest(known: set[str], read: Read) -> bool:
    if any(posixpath.basename(path) == "conftest.py" for path in known):
        return True
    return any(name in known and re.search(pattern, read(name) or b"") for name, pattern in _PYTEST_SETTINGS)


def _unittest_command(tests: Sequence[str], known: set[str]) -> str:
    """Discovery from the root sees only packages; a plain folder of tests must be named (docs: unittest discover)."""
    folders = {posixpath.dirname(path) for path in tests}
    names = [posixpath.basename(path) for path in tests]
    ending = "_test.py" if any(name.endswith("_test.py") for name in names) else "_tests.py"
    pattern = "" if any(name.startswith("test") for name in names) else f" -p '*{ending}'"
    if any(_is_package(folder, known) for folder in folders):
        return f"python -m unittest discover{pattern}" if pattern else "python -m unittest"
    folder = posixpath.commonpath(folders)
    return f"python -m unittest discover -s {folder}{pattern}" if folder else f"python -m unittest discover{pattern}"


def _is_package(folder: str, known: set[str]) -> bool:
    while folder:
        if f"{folder}/__init__.py" not in known:
            return False
        folder = posixpath.dirname(folder)
    return True
