"""A real repository on disk that plays the forge, and a case on it."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.git.clones import Clones
from adapters.git.history import GitHistory
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from domain.case import Case
from domain.issue import Issue
from domain.repository import Repository


@pytest.fixture
def sh(tmp_path: Path) -> Callable[..., str]:
    """Plain git for the test's own side, with an identity."""

    def run(folder: Path, *arguments: str) -> str:
        identity = ("-c", "user.name=Tess", "-c", "user.email=tess@example.com", "-c", "commit.gpgSign=false")
        command = ["git", *identity, "-C", str(folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    return run


@pytest.fixture
def origin(tmp_path: Path, sh: Callable[..., str]) -> Path:
    """A bare repository `acme/shop` with two commits on `trunk`."""
    seed = tmp_path / "seed"
    seed.mkdir()
    sh(seed, "init", "-q", "-b", "trunk")
    (seed / "shop").mkdir()
    (seed / "shop" / "cart.py").write_text("def total(prices):\n    return sum(prices)\n")
    (seed / "日本 語.txt").write_text("こんにちは\n")
    (seed / ".gitignore").write_text("*.log\n")
    sh(seed, "add", "-A")
    sh(seed, "commit", "-qm", "First")
    (seed / "README.md").write_text("# Shop\n")
    sh(seed, "add", "-A")
    sh(seed, "commit", "-qm", "Second")
    bare = tmp_path / "forge" / "acme" / "shop.git"
    bare.parent.mkdir(parents=True)
    sh(tmp_path, "clone", "-q", "--bare", str(seed), str(bare))
    sh(bare, "config", "uploadpack.allowFilter", "true")
    sh(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    return bare


@pytest.fixture
def case(origin: Path, sh: Callable[..., str]) -> Case:
    """Issue 7 of the repository, at the head of its default branch."""
    return Case(
        id="task-20261122-001",
        forge="file",
        repository=Repository(name="acme/shop", id=42, default_branch="trunk", can_push=True),
        issue=Issue(repo="acme/shop", number=7, title="Totals are wrong", body="They are."),
        base="trunk",
        base_sha=sh(origin, "rev-parse", "trunk"),
        model="none",
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.fixture
def git(origin: Path) -> Git:
    """Our runner, allowed to read the forge's folder."""
    return Git(
        server_url=origin.parent.parent.as_uri(),
        author_name="Bot",
        author_email="bot@example.com",
        extra={"GIT_ALLOW_PROTOCOL": "file"},
    )


@pytest.fixture
def workspaces(git: Git, tmp_path: Path) -> GitWorkspaces:
    """Workspaces below a state folder of their own."""
    return GitWorkspaces(git, tmp_path / "state", choose_sandbox("auto"))


@pytest.fixture
def history(git: Git, tmp_path: Path) -> GitHistory:
    """History over the same clones."""
    return GitHistory(git, Clones(git, tmp_path / "state"))


@pytest.fixture
def grow(origin: Path, case: Case, sh: Callable[..., str], tmp_path: Path) -> Callable[[Callable[[Path], None]], Case]:
    """Change the seed's files, commit and push them; gives the case at the new head."""

    def apply(change: Callable[[Path], None]) -> Case:
        seed = tmp_path / "seed"
        change(seed)
        sh(seed, "add", "-A")
        sh(seed, "commit", "-q", "--allow-empty", "-m", "More")
        sh(seed, "push", "-q", str(origin), "trunk")
        return case.model_copy(update={"base_sha": sh(origin, "rev-parse", "trunk")})

    return apply
