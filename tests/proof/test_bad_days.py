"""Repositories whose tests are red, hang or reach out, judged on real checkouts in real sandboxes."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from adapters.git.clones import Clones
from adapters.git.history import GitHistory
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from adapters.sandbox.environments import InstalledEnvironments
from adapters.sandbox.files import ConfinedFiles
from domain.case import Case
from domain.issue import Issue
from domain.report import TestReport
from domain.repository import Repository, RepositoryRules
from proof.bench import Bench, Prepared
from proof.guard import check
from proof.verify import verify

_CODE = "def price():\n    return 4\n"
_RED = "from shop import price\ndef test_price(): assert price() == 3\ndef test_other(): assert False\n"


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


async def _prepared(bench: Bench, folder: Path, files: dict[str, str]) -> Prepared:
    return await bench.prepare(_case(folder, files))


def _said(report: TestReport | None) -> dict[str, str]:
    assert report
    return {test.id.split("::")[-1]: test.status for test in report.tests}


async def test_tests_that_fail_on_the_base(bench: Bench, tmp_path: Path) -> None:
    """What was red before and still is counts as already failing, not as broken; what turned green as fixed."""
    prepared = await _prepared(bench, tmp_path, {"shop.py": _CODE, "test_shop.py": _RED})
    base = await bench.base_report(prepared)
    assert _said(base) == {"test_price": "failed", "test_other": "failed"}
    (prepared.workspace.path / "shop.py").write_text(_CODE.replace("4", "3"))
    change = await bench.workspaces.snapshot(prepared.workspace)
    receipt = (await verify(bench, prepared, change, base)).receipt
    assert receipt
    assert [test.split("::")[-1] for test in receipt.fixed] == ["test_price"]
    assert [test.split("::")[-1] for test in receipt.already_failing] == ["test_other"]
    assert receipt.broken == ()


async def test_tests_that_hang(bench: Bench, tmp_path: Path) -> None:
    """The repository's own limit ends them with everything they started; the receipt is not green."""
    files = {
        ".claude-cluster.toml": "[tests]\ntimeout_s = 2\n",
        "shop.py": _CODE,
        "test_shop.py": "import subprocess, time\n"
        "def test_hangs():\n    subprocess.Popen(['sleep', '4217'])\n    time.sleep(600)\n",
    }
    prepared = await _prepared(bench, tmp_path, files)
    base = await bench.base_report(prepared)
    assert base
    assert (base.timed_out, base.exit_code, base.green) == (True, None, False)
    assert base.duration_s < 60
    assert [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "4217"]] == []
    (prepared.workspace.path / "shop.py").write_text(_CODE.replace("4", "3"))
    change = await bench.workspaces.snapshot(prepared.workspace)
    receipt = (await verify(bench, prepared, change, base)).receipt
    assert receipt
    assert (receipt.green, receipt.proven) == (False, False)


async def test_tests_that_write_outside(bench: Bench, tmp_path: Path) -> None:
    """What they write beside the checkout is not on this machine, nor in the environment, nor in the next run."""
    canary = tmp_path / "canary"
    files = {
        "shop.py": _CODE,
        "test_shop.py": "import os, pathlib\n"
        "def test_fresh(): assert not any(pathlib.Path(p).exists() for p in ('left', '/tmp/left'))\n"
        "def test_writes():\n"
        f"    for path in ({str(canary)!r}, '/etc/left', '/env/left', '/tmp/left', 'left', '../left',\n"
        "                 os.path.expanduser('~/left')):\n"
        "        try: pathlib.Path(path).write_text('x')\n"
        "        except OSError: pass\n",
    }
    prepared = await _prepared(bench, tmp_path, files)
    for _ in range(2):
        assert _said(await bench.base_report(prepared)) == {"test_fresh": "passed", "test_writes": "passed"}
    places = [canary, Path("/etc/left"), Path("/tmp/left"), Path.home() / "left"]
    if prepared.environment:
        places.append(prepared.environment / "left")
    assert [place for place in places if place.exists()] == []
    assert (await bench.workspaces.snapshot(prepared.workspace)).empty


async def test_odd_names_can_be_vouched_for(bench: Bench, tmp_path: Path) -> None:
    """The guard reads the difference of files named with spaces, quotes, line feeds, Japanese and emoji."""
    prepared = await _prepared(bench, tmp_path, {"shop.py": _CODE})
    names = ("with space.py", "quo\"te's.py", "new\nline.py", "tab\tslash\\.py", "日本語.py", "🛒.py", "-rf")
    for name in names:
        (prepared.workspace.path / name).write_text("x = 1\n")
    (prepared.workspace.path / "crlf.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    (prepared.workspace.path / "latin.py").write_bytes(b"# caf\xe9 \x0c \x85\n")
    change = await bench.workspaces.snapshot(prepared.workspace)
    assert {file.path for file in change.files} == {*names, "crlf.py", "latin.py"}
    assert check(change, RepositoryRules(), prepared.workspace.case.issue).findings == ()
