"""What the machine itself must have."""

import os
from pathlib import Path

import pytest

from cluster.checkup.finding import Finding
from cluster.checkup.machine import check_env_file, check_git, check_python, check_sandbox, check_state


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_this_machine_has_git_and_python() -> None:
    """Whoever can run the tests has both."""
    assert [check_git().verdict, check_python().verdict] == ["ok", "ok"]


def test_no_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without git the remedy is to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_git() == Finding(check="git", verdict="failed", result="not found", remedy="install git 2.30 or newer")


@pytest.mark.parametrize(("version", "verdict"), [("2.29.9", "failed"), ("2.30.0", "ok"), ("3.0", "ok")])
def test_git_must_be_new_enough(version: str, verdict: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """2.30 is the oldest that will do."""
    check_git()  # whoever loads GitPython first must find a git that works
    _program(tmp_path / "bin", "git", f"echo git version {version}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin")
    found = check_git()
    assert (found.verdict, found.result) == (verdict, f"{version} ({tmp_path / 'bin' / 'git'})")


def test_no_sandbox_at_all_is_a_warning() -> None:
    """Who asked for none gets none, and is told what that means."""
    assert check_sandbox("none") == Finding(
        check="sandbox",
        verdict="warning",
        result="none: commands run on this machine without isolation",
        remedy="unset CLAUDE_CLUSTER_SANDBOX, unless every repository and every issue's author is trusted",
    )


def test_a_sandbox_that_cannot_be_had_fails() -> None:
    """The sandbox's own error says what to do."""
    found = check_sandbox("container")
    assert found.verdict == "failed"
    assert found.remedy.startswith("start this container as root with `claude-cluster-sandbox -- ")


def test_a_state_folder_is_made(tmp_path: Path) -> None:
    """A folder that can be made and written passes, and nothing is left in it."""
    found = check_state(tmp_path / "a" / "b")
    assert (found.verdict in {"ok", "warning"}, list((tmp_path / "a" / "b").iterdir())) == (True, [])


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the way is told with the remedy."""
    (tmp_path / "file").write_text("")
    assert check_state(tmp_path / "file" / "state") == Finding(
        check="state folder",
        verdict="failed",
        result=f"{tmp_path / 'file' / 'state'} can't be written: Not a directory",
        remedy="set CLAUDE_CLUSTER_HOME to another folder",
    )


def test_an_env_file_is_for_its_owner(tmp_path: Path) -> None:
    """Others may not read the keys in it."""
    path = tmp_path / ".env"
    assert check_env_file(path) is None
    path.write_text("")
    path.chmod(0o644)
    assert check_env_file(path) == Finding(
        check=".env", verdict="warning", result="other users can read it", remedy="chmod 600 .env"
    )
    path.chmod(0o600)
    assert check_env_file(path) == Finding(check=".env", verdict="ok", result=f"read from {tmp_path}")
