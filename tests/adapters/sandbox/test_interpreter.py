"""Which interpreters are shown."""

import os
import sys
from pathlib import Path

import pytest

from adapters.sandbox.interpreter import Interpreters
from domain.errors import SandboxUnavailable


def _prefix(folder: Path) -> Path:
    for part in ("bin", "lib/python3.12", "secrets"):
        (folder / part).mkdir(parents=True)
    (folder / "lib" / "python3.12" / "os.py").touch()
    return folder


def _environment(folder: Path, home: str) -> Path:
    folder.mkdir()
    (folder / "pyvenv.cfg").write_text(f"version = 3.12.1\nhome = {home}\n")
    return folder


def test_ours_is_shown() -> None:
    """Our own interpreter's prefix is there, unless it is the system's."""
    shown = [prefix.shown for prefix in Interpreters().needed(None)]
    outside = not Path(sys.base_prefix).resolve().is_relative_to("/usr")
    assert (Path(sys.base_prefix) in shown) is outside


def test_named_interpreter_is_shown_by_both_names(tmp_path: Path) -> None:
    """An environment's interpreter is where the environment says and where it really is, without its neighbours."""
    real, link = _prefix(tmp_path / "python-3.12.1"), tmp_path / "python-3.12"
    link.symlink_to(real)
    environment = _environment(tmp_path / "env", f"{link}/bin")
    shown = {prefix.shown: prefix for prefix in Interpreters([real]).needed(environment)}
    assert {link, real} <= set(shown)
    assert (shown[link].real, shown[link].parts()) == (real, ("bin", "lib"))


@pytest.mark.parametrize("inside", ["bin", "../bin", "/"])
def test_rewritten_environment_opens_nothing(tmp_path: Path, inside: str) -> None:
    """An environment that names a folder which is no known interpreter is refused."""
    planted = _prefix(tmp_path / "planted")
    environment = _environment(tmp_path / "env", os.path.normpath(planted / inside / "bin"))
    known = Interpreters()
    if inside == "/":
        assert known.needed(_environment(tmp_path / "other", "relative/bin")) == known.needed(None)
    else:
        with pytest.raises(SandboxUnavailable, match="unknown interpreter"):
            known.needed(environment)


def test_pipe_in_place_of_the_configuration(tmp_path: Path) -> None:
    """A pyvenv.cfg that would block its reader is not read."""
    (tmp_path / "env").mkdir()
    os.mkfifo(tmp_path / "env" / "pyvenv.cfg")
    assert Interpreters().needed(tmp_path / "env") == Interpreters().needed(None)
