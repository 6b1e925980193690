"""A case to write down, a ledger on disk, and real processes to fight over it."""

import asyncio
import itertools
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.cases.database import Database
from cluster.coordinator.owner import Owner
from cluster.coordinator.postgres import LEDGER, Postgres
from domain.case import Case, WorkRequest
from domain.issue import Comment, Issue
from domain.repository import Repository

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder that does not exist yet."""
    return tmp_path / "state"


@pytest.fixture
def database(home: Path) -> Database:
    """The database of its ledger."""
    return Database(home)


@pytest.fixture
def case() -> Callable[..., Case]:
    """Build a case; every field can be named."""

    def build(number: int = 7, **changes: Any) -> Case:
        comment = Comment(id=1, author="ann", body="ja, 直して", created_at=NOON, updated_at=NOON)
        fields: dict[str, Any] = {
            "id": "",
            "forge": "https://github.com",
            "repository": Repository(name="acme/shop", id=4_000_000_001, default_branch="main", can_push=True),
            "issue": Issue(repo="acme/shop", number=number, title="T", body="\x00 😀", comments=(comment,)),
            "base": "main",
            "base_sha": "a" * 40,
            "model": "claude-opus-5-5",
            "created": NOON,
        }
        return Case(**(fields | changes))

    return build


@pytest.fixture
def request_() -> WorkRequest:
    """Who asked, and for what."""
    return WorkRequest(repo="acme/shop", issue=7)


@pytest.fixture
def in_processes() -> Callable[..., list[Any]]:
    """Run a function in so many processes that start at the same moment; gives their results."""

    def run(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
        context = multiprocessing.get_context("fork")
        barrier, queue = context.Barrier(count), context.Queue()
        started = [context.Process(target=_one, args=(barrier, queue, work, arguments)) for _ in range(count)]
        for process in started:
            process.start()
        results = [queue.get(timeout=60) for _ in started]
        for process in started:
            process.join()
        return results

    return run


def _one(barrier: Any, queue: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    barrier.wait()
    try:
        queue.put(work(*arguments))
    except BaseException as error:
        queue.put(repr(error))
        raise


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes empty databases, on a server such as the coordinator brings; gives their addresses."""
    pytest.importorskip("pg0", reason="the wheel with PostgreSQL is not for this machine")
    home = Path(tempfile.mkdtemp(prefix="ledger-"))
    server = asyncio.run(Postgres.start(home))
    names = (f"empty_{number}" for number in itertools.count())

    async def create(name: str) -> None:
        connection = await asyncpg.connect(server.url(LEDGER).replace("+asyncpg", ""))
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()

    def make() -> str:
        name = next(names)
        with ThreadPoolExecutor(1) as beside:  # a test may have an event loop of its own
            beside.submit(asyncio.run, create(name)).result()
        return server.url(name)

    yield make
    asyncio.run(server.stop())
    shutil.rmtree(Owner(home).folder, ignore_errors=True)  # as root the database's files lie elsewhere
    shutil.rmtree(home, ignore_errors=True)
