"""`backup` and `restore` of what one PC has: two SQLite files, the token, transcripts."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from adapters.cases.database import Database
from adapters.cases.tables import VERSION
from cluster.coordinator.alone import RESTORING

PROGRAM = Path(sys.executable).parent / "claude-cluster-distributed"
CASE = (
    "INSERT INTO cases VALUES ('task-20261122-001','20261122',1,'https://github.com',1,7,'suspended',1,NULL,"
    "'2026-11-22 12:00:00.000000','2026-11-22 12:00:00.000000',1,'{}','{}','',0,0,0,0,0,0,0,0)"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder with a ledger that somebody has open, and a transcript."""
    made = tmp_path / "home"
    asyncio.run(Database(made).read(lambda _: None))
    _execute(made / "ledger.db", CASE)
    (made / "prefect").mkdir()
    _execute(made / "prefect" / "prefect.db", "CREATE TABLE flow_run (id)")
    rounds = made / "checkpoints" / "task-20261122-001" / "1"
    rounds.mkdir(parents=True)
    (rounds / "1.json").write_text("{}")
    (rounds.parent / "reserve").write_bytes(bytes(4_000_000))
    (made / "token").write_text("the-token-of-this-cluster")
    (made / "token").chmod(0o600)
    return made


def _execute(path: Path, words: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(words)
    connection.commit()
    connection.close()


def _run(home: Path, *arguments: object, **more: str) -> "subprocess.CompletedProcess[str]":
    variables = {"PATH": "/usr/bin:/bin", "HOME": str(home), "CLAUDE_CLUSTER_HOME": str(home), **more}
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=variables, cwd=home.parent, check=False)


def _taken(home: Path) -> Path:
    file = home.parent / "backup.tar.gz"
    done = _run(home, "backup", "--to", file, GITHUB_TOKEN="ghp_secret")
    assert done.returncode == 0, done.stderr
    return file


def test_it_comes_back_on_another_machine(home: Path, tmp_path: Path) -> None:
    """Rows, token and transcript; no value of a secret is in it, and its name is told where it is missing."""
    done = _run(home, "backup", "--json", GITHUB_TOKEN="ghp_secret")
    told = json.loads(done.stdout)
    assert (told["kind"], told["tasks"], told["ledger_schema"]) == ("sqlite", {"suspended": 1}, VERSION)
    assert told["secrets"] == ["GITHUB_TOKEN"]
    file = Path(told["file"])
    assert (file.parent, file.name.startswith("claude-cluster-2")) == (tmp_path, True)
    other = tmp_path / "other"
    back = _run(other, "restore", file) if other.mkdir() is None else None
    assert back is not None
    assert (back.returncode, "tasks: 1 suspended" in back.stdout) == (0, True), back.stderr
    assert "to be set here as it was there: GITHUB_TOKEN" in back.stderr.replace("\n", " ")
    assert asyncio.run(Database(other).read(lambda c: c.exec_driver_sql("SELECT id FROM cases").scalars().all())) == [
        "task-20261122-001"
    ]
    assert (other / "token").read_text() == "the-token-of-this-cluster"
    assert (other / "token").stat().st_mode & 0o777 == 0o600
    assert (other / "checkpoints" / "task-20261122-001" / "1" / "1.json").read_text() == "{}"
    assert not list(other.rglob("reserve"))


def test_live_data_is_not_replaced_without_force(home: Path) -> None:
    """Refused with what to do; with --force it is."""
    file = _taken(home)
    _execute(home / "ledger.db", "UPDATE cases SET status = 'completed'")
    refused = _run(home, "restore", file)
    assert (refused.returncode, "nothing was restored" in refused.stderr, "--force" in refused.stderr) == (
        2,
        True,
        True,
    )
    assert _run(home, "restore", file, "--force").returncode == 0
    connection = sqlite3.connect(home / "ledger.db")
    assert connection.execute("SELECT status FROM cases").fetchall() == [("suspended",)]


def test_a_running_coordinator_is_left_alone(home: Path) -> None:
    """Even with --force."""
    file = _taken(home)
    with FileLock(home / "coordinator.lock"):
        refused = _run(home, "restore", file, "--force")
    assert (refused.returncode, "a coordinator runs already" in refused.stderr) == (2, True)


def test_a_restore_that_was_broken_off_is_found(home: Path) -> None:
    """No coordinator starts on it, no backup is taken of it; the same command again ends it."""
    file = _taken(home)
    (home / RESTORING).write_text(f"{file}\n")
    for command in (["backup"], ["start-coordinator", "--port", "1"]):
        refused = _run(home, *command)
        assert (refused.returncode, "did not come to its end" in refused.stderr) == (2, True), refused.stderr
    assert f"restore {file} --force" in refused.stderr.replace("\n", " ")
    assert _run(home, "restore", file, "--force").returncode == 0
    assert not (home / RESTORING).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="as root, who could take any folder")
def test_another_user_s_state_is_left_alone(home: Path) -> None:
    """Of a service, say: root would make the database root's, and the service could not start again."""
    file = _taken(home)
    os.chown(home, 65_534, 65_534)
    for command in (["backup"], ["restore", str(file), "--force"]):
        done = _run(home, *command)
        assert (done.returncode, "belongs to the user nobody" in done.stderr) == (2, True), done.stderr
    assert home.stat().st_uid == 65_534


def test_a_newer_ledger_is_refused(home: Path, tmp_path: Path) -> None:
    """Both versions are named, and nothing is written."""
    _execute(home / "ledger.db", "UPDATE ledger SET version = 99")
    done = _run(home, "backup")
    assert (done.returncode, "schema 99" in done.stderr) == (2, True)
    assert not list(tmp_path.glob("*.tar.gz"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backup"], "there is nothing to back up"),
        (["backup", "--database-url", "mysql://a/b"], "--database-url begins with mysql://"),
        (["backup", "--database-url", "postgresql://nobody@127.0.0.1:9/none"], "does not answer"),
        (["restore", "absent.tar.gz"], "does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    """In one line, with exit code 2."""
    home = tmp_path / "empty"
    home.mkdir()
    done = _run(home, *arguments)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
