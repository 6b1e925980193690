"""Differences that git itself makes and what the gate finds in them; a bench for real runs in real sandboxes."""

import os
import re
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.git.clones import Clones
from adapters.git.history import GitHistory
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.environments import InstalledEnvironments
from adapters.sandbox.files import ConfinedFiles
from domain.case import Case
from domain.change import Change, FileChange
from domain.issue import Issue
from domain.repository import Repository
from proof.bench import Bench, Prepared
from proof.neutral import Links
from proof.phrases import phrase
from proof.plan import TEST_GLOBS
from proof.tamper import paths_to_read, text_findings
from proof.tampering.tamper_finding import TamperFinding
from proof.wording import Words

Files = Mapping[str, str | None]
Judge = Callable[[Files, Files], tuple[TamperFinding, ...]]
_LINKS = Links(forge="github.com", repo="a/b")
_JAPANESE = re.compile(r"[\u3040-\u30ff]")
_DIFF = ("git", "diff", "--no-index", "--no-color", "-M", "--src-prefix=", "--dst-prefix=", "a", "b")


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Has git compare files before and after (None: removed), and gives the findings, the base's texts at hand.

    Each finding must have its words in Japanese too.
    """

    def run(before: Files, after: Files) -> tuple[TamperFinding, ...]:
        for side, files in (("a", before), ("b", {**before, **after})):
            (tmp_path / side).mkdir()
            for name, text in files.items():
                path = tmp_path / side / name
                if text is not None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
        who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
        done = subprocess.run(_DIFF, cwd=tmp_path, env=who, check=False, capture_output=True, text=True)
        assert done.returncode in {0, 1}, done.stderr
        texts = {path: before[path] or "" for path in paths_to_read(done.stdout, TEST_GLOBS) if path in before}
        found = text_findings(done.stdout, TEST_GLOBS, texts)
        assert [one for one in found if not _JAPANESE.search(phrase(str(one), _LINKS, Words("ja")))] == []
        return found

    return run


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench over a forge that is a folder."""
    sandbox = choose_sandbox("auto")
    git = Git(server_url=(tmp_path / "forge").as_uri(), extra={"GIT_ALLOW_PROTOCOL": "file"})
    return Bench(
        GitWorkspaces(git, tmp_path / "state", sandbox),
        GitHistory(git, Clones(git, tmp_path / "state")),
        sandbox,
        InstalledEnvironments(tmp_path / "environments", sandbox),
        ConfinedFiles,
    )


def _case(folder: Path, files: dict[str, str]) -> Case:
    """The case of a repository with these files."""
    forge = folder / "forge" / "acme" / "shop.git"
    seed = folder / "seed"
    for name, text in files.items():
        (seed / name).parent.mkdir(parents=True, exist_ok=True)
        (seed / name).write_text(text)
    who = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    for arguments in (
        ("init", "-q", "-b", "main", seed),
        ("-C", seed, "add", "-A"),
        ("-C", seed, *who, "commit", "-qm", "First"),
        ("clone", "-q", "--bare", seed, forge),
        ("-C", forge, "config", "uploadpack.allowFilter", "true"),
    ):
        subprocess.run(["git", *map(str, arguments)], check=True)
    head = subprocess.run(["git", "-C", seed, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return Case(
        id="task-20261122-001",
        forge="file",
        repository=Repository(name="acme/shop", id=1, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=1, title="Price", body="It is 3."),
        base="main",
        base_sha=head.stdout.strip(),
        model="none",
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.fixture
def prepare(bench: Bench, tmp_path: Path) -> Callable[[dict[str, str]], Awaitable[Prepared]]:
    """Makes a repository of these files, and prepares an issue of it."""

    async def run(files: dict[str, str]) -> Prepared:
        return await bench.prepare(_case(tmp_path, files))

    return run


def _git(folder: Path, *arguments: str) -> str:
    who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
    done = subprocess.run(command, cwd=folder, env=who, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "replace")


@pytest.fixture
def change(tmp_path: Path) -> Callable[[Callable[[Path], object]], Change]:
    """Makes a repository with a few files, lets the test change it, and gives git's difference."""

    def make(edit: Callable[[Path], object]) -> Change:
        _git(tmp_path, "init", "-q")
        (tmp_path / "run.sh").write_text("echo hi\n")
        (tmp_path / "README.md").write_text("# Hello\n" * 5)
        _git(tmp_path, "add", "-A")
        _git(tmp_path, "commit", "-qm", "base")
        edit(tmp_path)
        _git(tmp_path, "add", "-A")
        raw = _git(tmp_path, "diff", "--cached", "-M", "--raw", "-z", "HEAD").split("\0")
        numbers = _git(tmp_path, "diff", "--cached", "--no-renames", "--numstat", "-z", "HEAD").split("\0")
        diff = _git(tmp_path, "-c", "core.bigFileThreshold=2m", "diff", "--cached", "-M", "HEAD")
        return Change(base_sha="0" * 40, tree="1" * 40, diff=diff, files=tuple(_files(raw, numbers)))

    return make


def _files(raw: list[str], numbers: list[str]) -> list[FileChange]:
    counts = {line.split("\t")[2]: line.split("\t")[:2] for line in numbers if line}
    words = {"A": "added", "M": "modified", "D": "deleted", "R": "renamed", "T": "typechanged"}
    found, rest = [], iter(raw)
    for field in rest:
        if not field:
            continue
        old_mode, new_mode, _, _, letter = field[1:].split(" ")
        old = next(rest)
        path = next(rest) if letter.startswith("R") else old
        added, removed = counts[path] if path == old else ("0", "0")
        values = {"path": path, "status": words[letter[0]], "old_mode": old_mode, "new_mode": new_mode}
        values |= {"binary": added == "-", "old_path": old if path != old else None}
        values |= {"added": 0 if added == "-" else int(added), "removed": 0 if removed == "-" else int(removed)}
        found.append(FileChange.model_validate(values))
    return found
