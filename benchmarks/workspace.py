"""Workspaces of a generated repository: short and long history, cold and warm, and what a cold one transfers."""

import asyncio
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from figure import Figure, below

from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from domain.case import Case
from domain.issue import Issue
from domain.repository import Repository

_FILES = 3_000
_COMMITS = {"short": 100, "long": 12_000}
_RUNS = 5
_GOAL_S = 0.5
_SAME = 1.5


def measure() -> list[Figure]:
    """Seconds to prepare, and the megabytes of the clone against those of a full one."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    bases = {name: _generate(folder / "forge" / "acme" / f"{name}.git", commits) for name, commits in _COMMITS.items()}
    git = Git(server_url=(folder / "forge").as_uri(), extra={"GIT_ALLOW_PROTOCOL": "file"})
    workspaces = GitWorkspaces(git, folder / "state", choose_sandbox("none"))
    cold: dict[str, float] = {}
    warm: dict[str, list[float]] = {name: [] for name in bases}
    for name, base in bases.items():
        cold[name] = await _timed(workspaces, _case(name, base, 0))
    for run in range(1, _RUNS + 1):
        for name, base in bases.items():
            warm[name].append(await _timed(workspaces, _case(name, base, run)))
    short, long = (statistics.median(warm[name]) for name in _COMMITS)
    ours = _size(next((folder / "state" / "clones").rglob(f"{_number('long')}.git")))
    share = ours / _full_size(folder)
    return [
        below("workspace, 12,000 commits and 3,000 files: warm", long, "s", _GOAL_S),
        below("workspace, 100 commits and 3,000 files: warm", short, "s", _GOAL_S),
        Figure(
            "warm, 12,000 against 100 commits",
            long / short,
            "x",
            f"the same (at most {_SAME:g} x)",
            long <= short * _SAME,
        ),
        Figure("workspace, 12,000 commits and 3,000 files: cold", cold["long"], "s"),
        Figure("cold: size of our clone", ours / 1e6, "MB", f"less than a full clone; is {share:.0%}", share < 1),
    ]


async def _timed(workspaces: GitWorkspaces, case: Case) -> float:
    began = time.perf_counter()
    await workspaces.prepare(case)
    return time.perf_counter() - began


def _number(name: str) -> int:
    return list(_COMMITS).index(name) + 1


def _case(name: str, base: str, run: int) -> Case:
    return Case(
        id=f"task-20260101-{_number(name)}{run:02d}",
        forge="file",
        repository=Repository(name=f"acme/{name}", id=_number(name), default_branch="main", can_push=True),
        issue=Issue(repo=f"acme/{name}", number=1, title="Totals", body="They are wrong."),
        base="main",
        base_sha=base,
        model="none",
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _generate(bare: Path, commits: int) -> str:
    """A repository with that many commits on `main`; gives its head."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    stream = b"".join(_history(commits))
    subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], input=stream, check=True)
    for name in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run(["git", "-C", str(bare), "config", name, "true"], check=True)
    head = subprocess.run(["git", "-C", str(bare), "rev-parse", "main"], check=True, capture_output=True, text=True)
    return head.stdout.strip()


def _history(commits: int) -> Iterator[bytes]:
    """All files in the first commit, then one of them changed in each; the same in every run."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    for number in range(commits):
        yield f"commit refs/heads/main\ncommitter B <b@example.invalid> {1_700_000_000 + number} +0000\n".encode()
        yield f"data 5\nc{number % 1000:04}".encode()[:12] + b"\n"
        for file in range(_FILES) if number == 0 else (chance.randrange(_FILES),):
            body = "".join(f"value_{line} = {chance.randrange(10**9)}\n" for line in range(60)).encode()
            yield f"M 100644 inline src/part{file % 50}/file{file}.py\ndata {len(body)}\n".encode() + body + b"\n"


def _full_size(folder: Path) -> int:
    where, full = (folder / "forge" / "acme" / "long.git").as_uri(), folder / "full.git"
    subprocess.run(["git", "clone", "-q", "--bare", where, str(full)], check=True)
    return _size(full)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
