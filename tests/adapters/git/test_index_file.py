"""Git knows our files again when it sees them from inside the sandbox."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.git.index_file import Owner, forget, give_to
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from domain.case import Case
from domain.command import Place

_NAMES = ("a", "bb", "ccccccc/dddddddd", "日本語.txt", "with space", "x" * 200)


@pytest.fixture
def repository(tmp_path: Path, sh: Callable[..., str]) -> Path:
    """A repository with files whose names have all kinds of lengths."""
    folder = tmp_path / "repository"
    folder.mkdir()
    sh(folder, "init", "-q")
    for name in _NAMES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    sh(folder, "add", "-A")
    return folder


def _owners(listed: str) -> set[tuple[str, ...]]:
    return set(re.findall(r"uid: (\d+)\s+gid: (\d+)", listed))


@pytest.mark.parametrize("sparse", [False, True])
def test_an_owner_is_written_and_nothing_else(repository: Path, sh: Callable[..., str], *, sparse: bool) -> None:
    """In both versions of the file git reads back what was there; its time stays."""
    if sparse:
        sh(repository, "update-index", "--skip-worktree", "bb", "日本語.txt")
    index = repository / ".git" / "index"
    before = (sh(repository, "ls-files", "-t", "--stage"), index.stat().st_mtime_ns)
    give_to(index, Owner(user=1234, group=5678))
    assert _owners(sh(repository, "ls-files", "--debug")) == {("1234", "5678")}
    assert (sh(repository, "ls-files", "-t", "--stage"), index.stat().st_mtime_ns) == before
    sh(repository, "fsck", "--strict")


def test_another_format_is_left_alone(repository: Path, sh: Callable[..., str]) -> None:
    """Version 4 of the file stays as it was."""
    sh(repository, "update-index", "--index-version", "4")
    index = repository / ".git" / "index"
    before = index.read_bytes()
    give_to(index, Owner(user=1, group=1))
    assert index.read_bytes() == before


def test_a_file_that_is_forgotten_is_read_anew(repository: Path, sh: Callable[..., str]) -> None:
    """Git looks into it although nothing about it seems changed, and only into it."""
    forget(repository / ".git" / "index", frozenset({"bb", "日本語.txt", "no such file"}))
    assert sh(repository, "-c", "core.quotePath=false", "diff-files", "--name-only").split() == ["bb", "日本語.txt"]
    sh(repository, "update-index", "--refresh")
    assert sh(repository, "diff-files", "--name-only") == ""


@pytest.mark.parametrize("data", [b"", b"DIRC" + b"\xff" * 60, b"DIRC\x00\x00\x00\x02" + b"\xff" * 200])
def test_what_is_no_index_is_left_alone(tmp_path: Path, data: bytes) -> None:
    """It may come from where an agent can write."""
    index = tmp_path / "index"
    index.write_bytes(data)
    forget(index, frozenset({"a"}))
    assert index.read_bytes() == data


async def test_the_sandboxes_git_finds_every_file_as_it_was_written(workspaces: GitWorkspaces, case: Case) -> None:
    """The owner in the index is the one that is seen there: no file has to be read to know that nothing changed."""
    workspace = await workspaces.prepare(case)
    place = Place(workspace=workspace.path, read_only=(workspace.clone / "objects",))
    done = await choose_sandbox("auto").run(place, "ls -ldn README.md; git ls-files --debug", 60, {})
    user, group = done.output.split()[2:4]
    assert _owners(done.output) == {(user, group)}
