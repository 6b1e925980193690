"""One process of our own loop, with its real ledger, checkpoints, snapshots and sandbox, without Prefect.

`python benchmarks/loop_own.py URL CALLS SANDBOX` prints a JSON object. The work is done twice: the first
time pays for what loads late, the second shows what a call costs.
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import adapters.claude.connection  # noqa: F401 - loads the SDK now; the peer loads its own now, too
from adapters.cases.budget import SqlBudget
from adapters.cases.checkpoints import FolderCheckpoints
from adapters.cases.database import Database
from adapters.claude.client import ClaudeModel
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.files import ConfinedFiles
from agents.job import Job, Seat
from agents.loop import work
from domain.case import Case, Limits
from domain.command import Place
from domain.issue import Issue
from domain.repository import Repository
from domain.settings import Settings
from domain.spend import Spend
from domain.transcript import RoundKey

MODEL = "claude-sonnet-4-5"
_FILES = 100
_IDENTITY = ("-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", "-c", "commit.gpgSign=false")


def _origin(folder: Path) -> str:
    """A repository of 100 files at `acme/shop.git`; gives its head."""
    seed, bare = folder / "seed", folder / "forge" / "acme" / "shop.git"
    seed.mkdir()
    for number in range(_FILES):
        (seed / f"file{number}.py").write_text(f"VALUE = {number}\n" * 40)
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        ("commit", "-qm", "First"),
        ("clone", "-q", "--bare", str(seed), str(bare)),
    ):
        subprocess.run(["git", *_IDENTITY, "-C", str(seed), *command], check=True)
    head = subprocess.run(["git", "-C", str(bare), "rev-parse", "main"], check=True, capture_output=True, text=True)
    return head.stdout.strip()


def _case(base: str, calls: int, attempt: int) -> Case:
    return Case(
        id="task-20260101-001",
        attempt=attempt,
        forge="file",
        repository=Repository(name="acme/shop", id=1, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=1, title="Totals", body="They are wrong."),
        base="main",
        base_sha=base,
        limits=Limits(max_steps=calls),
        model=MODEL,
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def _nobody(action: str, spend: Spend) -> None:
    """Nobody watches."""


async def _measured(folder: Path, url: str, calls: int, sandbox_kind: str) -> list[float]:
    base = _origin(folder)
    home = folder / "state"
    settings = Settings(_env_file=None, anthropic_api_key="bench", anthropic_base_url=url, home=home)  # type: ignore[call-arg, arg-type]
    git = Git(server_url=(folder / "forge").as_uri(), extra={"GIT_ALLOW_PROTOCOL": "file"})
    sandbox = choose_sandbox(sandbox_kind)  # type: ignore[arg-type]
    workspaces = GitWorkspaces(git, home, sandbox)
    model = ClaudeModel(settings)
    taken = []
    for attempt in (1, 2):
        case = _case(base, calls, attempt)
        workspace = await workspaces.prepare(case)
        job = Job(
            case=case,
            key=RoundKey(task_id=case.id, attempt=attempt, round=0),
            system="You are an agent.",
            opening="Solve it.",
        )
        began = time.perf_counter()
        shell = await sandbox.shell(Place(workspace=workspace.path, read_only=(workspace.clone,)))
        files, budget = ConfinedFiles(workspace.path), SqlBudget(Database(home))
        checkpoints = FolderCheckpoints(home / "checkpoints")
        seat = Seat(model, shell, files, workspaces, workspace, budget, checkpoints, _nobody)
        done = await work(job, seat)
        await shell.close()
        taken.append(time.perf_counter() - began)
        if done.steps != calls or done.stop != "step_limit":
            raise SystemExit(f"{done.steps} calls, stopped by {done.stop}")
    await model.close()
    return taken


def main() -> None:
    """Work twice, print seconds and memory."""
    url, calls, sandbox = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        first, later = asyncio.run(_measured(Path(folder), url, int(calls), sandbox))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"first_s": first, "later_s": later, "peak_mb": peak}) + "\n")


if __name__ == "__main__":
    main()
