"""Small repositories of each ecosystem, judged for real: real git, the real tool, a real sandbox."""

import shutil
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
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
from domain.errors import SandboxUnavailable
from domain.issue import Issue
from domain.receipt import Receipt
from domain.report import TestReport
from domain.repository import Repository
from proof.bench import Bench, Prepared
from proof.verify import verify

Files = Mapping[str, str]


@dataclass(frozen=True)
class Court:
    """A repository at its base, ready to judge changes of it."""

    bench: Bench
    prepared: Prepared
    base: TestReport | None

    async def judge(self, change: Files) -> Receipt:
        """The receipt of the base with these files changed; the next change begins at the base again."""
        workspace = self.prepared.workspace
        before = await self.bench.workspaces.snapshot(workspace)
        _write(workspace.path, change)
        taken = await self.bench.workspaces.snapshot(workspace)
        verification = await verify(self.bench, self.prepared, taken, self.base)
        await self.bench.workspaces.restore(workspace, before.tree)
        assert verification.receipt
        return verification.receipt


Open = Callable[[Files], Awaitable[Court]]


def _write(folder: Path, files: Files) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def needs() -> Callable[..., None]:
    """Skips a test, with the reason, where one of these programs is not on the machine."""

    def look(*programs: str) -> None:
        for program in programs:
            if not shutil.which(program):
                pytest.skip(f"{program} is not on this machine")

    return look


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench over a forge that is a folder."""
    try:
        sandbox = choose_sandbox("bubblewrap")
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))
    git = Git(server_url=(tmp_path / "forge").as_uri(), extra={"GIT_ALLOW_PROTOCOL": "file"})
    return Bench(
        GitWorkspaces(git, tmp_path / "state", sandbox),
        GitHistory(git, Clones(git, tmp_path / "state")),
        sandbox,
        InstalledEnvironments(tmp_path / "environments", sandbox),
        ConfinedFiles,
    )


@pytest.fixture
def court(bench: Bench, tmp_path: Path) -> Open:
    """Makes a repository of files, prepares an issue of it and runs its tests."""

    async def open_court(files: Files) -> Court:
        prepared = await bench.prepare(_case(tmp_path, files))
        return Court(bench, prepared, await bench.base_report(prepared))

    return open_court


def _case(folder: Path, files: Files) -> Case:
    forge, seed = folder / "forge/acme/shop.git", folder / "seed"
    _write(seed, files)
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
        issue=Issue(repo="acme/shop", number=1, title="Totals are wrong", body="1 and 2 make 3."),
        base="main",
        base_sha=head.stdout.strip(),
        model="none",
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )
