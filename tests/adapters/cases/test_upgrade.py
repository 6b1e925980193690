"""Ledgers of earlier versions, as their programs wrote them (`earlier`), become this version's, whole or not at all."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from adapters.cases.figures import SqlFigures
from adapters.cases.ledger import SqlCases
from adapters.cases.schema import OURS
from adapters.cases.tables import CASES, METADATA, VERSION
from domain.errors import ConfigurationError

EARLIER = Path(__file__).parent / "earlier"
SPENT = (EARLIER / "spent.rows.sql").read_text()
TASKS = {"task-20261122-001": "suspended", "task-20261122-002": "queued"}

# A step that this version does not have: it changes rows, tells that it is at work, and takes its time.
NEXT = """
    import os, pathlib, time

    revision, down_revision = "{revision}", "{before}"

    def upgrade(op):
        op.execute("UPDATE cases SET status = 'failed'")
        op.execute("CREATE TABLE halfway (id INTEGER)")
        pathlib.Path(os.environ["AT_WORK"]).touch()
        time.sleep(float(os.environ["TAKES_S"]))
"""
UPGRADING = """
    import asyncio, os, pathlib, sys
    from sqlalchemy import make_url
    from adapters.cases.engine import engine_for
    from adapters.cases.schema import Steps, bring_up
    folder, version, url = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    steps = Steps(folder, version)
    asyncio.run(engine_for(make_url(url)).run(lambda connection: bring_up(connection, steps), writes=True))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, home: Path) -> "Ledger":
    """An empty database of each kind."""
    if request.param == "sqlite":
        home.mkdir()
        return Ledger(f"sqlite:///{home / 'ledger.db'}", home)
    return Ledger(request.getfixturevalue("postgresql")(), home)


class Ledger:
    """A database, at first without anything in it."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self.kind = url.partition("+")[0].partition(":")[0]

    @property
    def database(self) -> Database:
        """As a program of this version opens it."""
        return Database(self.home, self.url)

    def fill(self, shape: str, *more: str) -> None:
        """What an earlier version left."""
        script = "\n".join([*(self._file(shape, part) for part in (self.kind, "rows")), *more])
        if self.kind == "sqlite":
            connection = sqlite3.connect(self.home / "ledger.db")
            connection.executescript(script)
            connection.close()
        else:
            asyncio.run(self._execute(script))

    def run(self, work: Callable[[Connection], Any]) -> Any:
        """Something read from it."""
        return asyncio.run(self.database.read(work))

    async def _execute(self, script: str) -> None:
        connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        await connection.execute(script)
        await connection.close()

    @staticmethod
    def _file(shape: str, part: str) -> str:
        return (EARLIER / f"{shape}.{part}.sql").read_text()


@pytest.mark.parametrize("shape", ["first", "cluster", "shares"])
def test_an_earlier_ledger_keeps_its_rows(ledger: Ledger, shape: str) -> None:
    """Cases, the claim and the open reservation are there, and what came later works on it."""
    ledger.fill(shape)
    files = asyncio.run(SqlCases(ledger.database).recent(5))
    assert {file.case.id: file.status for file in files} == TASKS
    assert {file.case.issue.comments[0].body for file in files} == {"ja, 直して; it's 1"}
    assert asyncio.run(SqlBudget(ledger.database).left("task-20261122-001", 3.0, 50.0)) == 2.6
    assert ledger.run(lambda c: c.execute(text("SELECT holder, fence FROM claims")).all()) == [("somebody", 1)]
    working = files[0].model_copy(update={"status": "running", "step": "generate"})
    asyncio.run(SqlCases(ledger.database).write(working))
    assert ledger.run(lambda c: c.execute(text("SELECT step FROM steps_now")).all()) == [("generate",)]


@pytest.mark.parametrize("shape", ["first", "cluster", "shares"])
def test_what_earlier_cases_have_used_is_counted(ledger: Ledger, shape: str) -> None:
    """All attempts of each, with what older files lack counted as nothing, and whatever the issue holds (a NUL)."""
    ledger.fill(shape, SPENT)
    names = "specialty, cost_usd, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens"
    wanted = text(f"SELECT id, {names}, model_s, tests_s, overhead_s FROM cases ORDER BY id")
    assert ledger.run(lambda c: c.execute(wanted).all()) == [
        ("task-20261122-001", "", 0, 0, 0, 0, 0, 0, 0, 0),
        ("task-20261122-002", "", 0, 0, 0, 0, 0, 0, 0, 0),
        ("task-20261122-003", "database", 0.125, 100, 0, 0, 10, 0, 0, 0),
        ("task-20261122-004", "backend", 1.75, 1_007, 3_000_000_011, 413, 67, 34.5, 22.75, 10.75),
    ]
    figures = asyncio.run(SqlFigures(ledger.database).all())
    assert {(one.status, one.specialty, one.tasks) for one in figures.counts} == {
        ("suspended", "", 1), ("queued", "", 1), ("running", "database", 1), ("refused", "backend", 1),
    }  # fmt: skip
    assert (figures.cost_usd, figures.input_tokens, figures.model_s) == (1.875, 1_107, 34.5)


def test_an_upgrade_fills_every_case(ledger: Ledger) -> None:
    """More of them than are looked at in one go."""
    others = ", ".join(name for name in CASES.c.keys()[:14] if name not in ("id", "number"))
    one = f"INSERT INTO cases (id, number, {others}) SELECT 'more-%d', %d, {others} FROM cases WHERE number = 4;"
    ledger.fill("shares", SPENT, *(one % (number, number) for number in range(10, 1_200)))
    figures = asyncio.run(SqlFigures(ledger.database).all())
    assert (figures.cost_usd, figures.output_tokens) == (0.125 + 1.75 * 1_191, 10 + 67 * 1_191)


@pytest.mark.parametrize("shape", [None, "first", "cluster", "shares"])
def test_every_way_ends_in_the_same_tables(ledger: Ledger, shape: str | None) -> None:
    """A new ledger and an upgraded one have exactly the tables that the program works with."""
    if shape:
        ledger.fill(shape)

    def differences(connection: Connection) -> list[Any]:
        options = {"version_table": "ledger_schema", "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))

    assert ledger.run(differences) == []
    assert ledger.run(_numbers) == (VERSION, f"{VERSION:04d}")


def test_the_steps_end_at_this_version() -> None:
    """One line of steps, numbered without a gap: nobody forgets the step, or the number."""
    folder = ScriptDirectory(str(OURS.folder), version_locations=[str(OURS.folder)])
    numbers = [one.revision for one in folder.walk_revisions()]
    assert numbers == [f"{number:04d}" for number in range(VERSION, 0, -1)]


def test_a_newer_ledger_is_refused_with_both_versions(ledger: Ledger, tmp_path: Path) -> None:
    """Whether it says so by the number that old programs know, or by alembic's; nothing in it is touched."""
    ledger.fill("shares")
    _upgrade(ledger, _with_next(tmp_path), VERSION + 1)
    words = rf"newer version \(schema {VERSION + 1}, this version knows {VERSION}\) - update claude-cluster"
    with pytest.raises(ConfigurationError, match=words):
        ledger.run(_numbers)


def test_a_program_does_not_write_on_when_the_ledger_was_upgraded_under_it(ledger: Ledger, tmp_path: Path) -> None:
    """One that has had it open for long, too."""
    open_for_long = ledger.database
    asyncio.run(open_for_long.read(lambda _: None))
    _upgrade(ledger, _with_next(tmp_path), VERSION + 1)
    with pytest.raises(ConfigurationError, match="newer version"):
        asyncio.run(open_for_long.write(lambda _: None))


def test_processes_that_start_together_upgrade_once(
    ledger: Ledger, tmp_path: Path, in_processes: Callable[..., list[Any]]
) -> None:
    """Eight at the same moment: all of them find it whole, and none found it changed under it."""
    ledger.fill("first")
    found = in_processes(8, lambda: len(asyncio.run(SqlCases(ledger.database).recent(5))))
    assert found == [2] * 8
    assert ledger.run(_numbers) == (VERSION, f"{VERSION:04d}")


def test_an_upgrade_that_is_killed_in_the_middle_leaves_the_earlier_ledger(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing of the half-done step is there: this version works on, and the next one upgrades it from the start."""
    ledger.fill("cluster")
    folder, at_work = _with_next(tmp_path), tmp_path / "at-work"
    process = _upgrading(ledger, folder, VERSION + 1, at_work, takes_s=600)
    deadline = time.monotonic() + 60
    while not at_work.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    files = asyncio.run(SqlCases(ledger.database).recent(5))
    assert {file.case.id: file.status for file in files} == TASKS
    assert not ledger.run(lambda c: inspect(c).has_table("halfway"))
    _upgrade(ledger, folder, VERSION + 1)
    with pytest.raises(ConfigurationError, match="newer version"):
        ledger.run(_numbers)


def test_a_ledger_that_is_not_whole_is_refused(ledger: Ledger) -> None:
    """A copy without one of its tables is named as such, instead of failing in the middle of work."""
    asyncio.run(ledger.database.write(lambda c: c.execute(text("DROP TABLE runs"))))
    with pytest.raises(ConfigurationError, match=r"not whole: runs missing.* - restore a backup"):
        ledger.run(_numbers)


def test_a_ledger_whose_numbers_differ_is_refused(ledger: Ledger) -> None:
    """Somebody set it back by hand, or mixed two copies."""
    asyncio.run(ledger.database.write(lambda c: c.execute(text("UPDATE ledger SET version = 1"))))
    with pytest.raises(ConfigurationError, match="not whole: noted as 1"):
        ledger.run(_numbers)


def test_prefect_s_versions_are_left_alone(ledger: Ledger) -> None:
    """Both may be in one database, and Prefect's alembic has its own table there."""
    ledger.fill("shares", "CREATE TABLE alembic_version (version_num VARCHAR(32));",
                "INSERT INTO alembic_version VALUES ('prefects-own');")  # fmt: skip
    assert ledger.run(lambda c: c.scalar(text("SELECT version_num FROM alembic_version"))) == "prefects-own"


def _numbers(connection: Connection) -> tuple[Any, Any]:
    return (
        connection.scalar(text("SELECT version FROM ledger")),
        connection.scalar(text("SELECT version_num FROM ledger_schema")),
    )


def _with_next(tmp_path: Path) -> Path:
    """Our steps and one more."""
    folder = tmp_path / "steps"
    if not folder.exists():
        shutil.copytree(OURS.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        words = NEXT.format(revision=f"{VERSION + 1:04d}", before=f"{VERSION:04d}")
        (folder / "next.py").write_text(textwrap.dedent(words))
    return folder


def _upgrading(ledger: Ledger, folder: Path, version: int, at_work: Path, takes_s: float) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", textwrap.dedent(UPGRADING), str(folder), str(version), ledger.url]
    variables = {**os.environ, "AT_WORK": str(at_work), "TAKES_S": str(takes_s)}
    return subprocess.Popen(argv, env=variables, stderr=subprocess.PIPE, text=True)


def _upgrade(ledger: Ledger, folder: Path, version: int) -> None:
    process = _upgrading(ledger, folder, version, folder / "at-work", takes_s=0)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
