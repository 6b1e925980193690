"""What a cluster has written down, read past all its programs: the ledger's rows, Prefect's runs, the model's log."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import asyncpg

from cluster.coordinator.postgres import LEDGER, running_url
from demo.model.request import Request

_OK = 200
_PAGE = 200
_ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@dataclass(frozen=True)
class Turn:
    """One answer of the model: which issue (by its title), whose turn, and the how-manieth."""

    title: str
    role: str
    number: int


@dataclass(frozen=True)
class Money:
    """A task's reservations in millionths of a dollar; `open` were never settled, and are booked in full."""

    made: int
    open: int
    booked: int


@dataclass(frozen=True)
class Books:
    """`claims` are held ones; `answers` in their order; `starts` how often a task's runs began, together."""

    claims: tuple[str, ...]
    money: dict[str, Money]
    recoveries: dict[str, int]
    answers: tuple[Turn, ...]
    starts: Counter[str]
    unfinished_runs: tuple[str, ...]


def read_books(cluster: Any, titles: tuple[str, ...]) -> Books:
    """As they are now."""
    claims, money, recoveries = asyncio.run(_ledger(cluster))
    runs = _runs(cluster)
    starts: Counter[str] = Counter()
    unfinished: list[str] = []
    for run in runs:
        for task_id in (tag for tag in run["tags"] if tag.startswith("task-")):
            starts[task_id] += max(run["run_count"], 1)
            if run["state_type"] not in _ENDED:
                unfinished.append(f"{task_id} in {run['id']}: {run['state_name']}")
    return Books(claims, money, recoveries, _answers(cluster, titles), starts, tuple(unfinished))


async def _ledger(cluster: Any) -> tuple[tuple[str, ...], dict[str, Money], dict[str, int]]:
    url = running_url(cluster.home, LEDGER)
    assert url, "the coordinator has no database"
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        held = await connection.fetch("select task_id from claims where lease_until > extract(epoch from now())")
        booked = await connection.fetch(  # an attempt's account is the task's id and its number
            "select split_part(task_id, '/', 1) task_id, count(*) made, count(*) filter (where settled is null) open,"
            " sum(coalesce(settled, reserved)) booked from reservations group by 1"
        )
        again = await connection.fetch("select task_id, count(*) n from runs where cause = 'recovery' group by task_id")
    finally:
        await connection.close()
    money = {row["task_id"]: Money(row["made"], row["open"], int(row["booked"])) for row in booked}
    return tuple(row["task_id"] for row in held), money, {row["task_id"]: row["n"] for row in again}


def _runs(cluster: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = cluster.prefect("/flow_runs/filter", {"limit": _PAGE, "offset": len(found), "sort": "ID_DESC"})
        found += page
        if len(page) < _PAGE:
            return found


def _answers(cluster: Any, titles: tuple[str, ...]) -> tuple[Turn, ...]:
    """What was answered whole; an answer that was cut off or refused was not."""
    made = []
    for entry in cluster.stage.rehearsal.model.journal.entries("POST", r"/v1/messages$"):
        if entry.status == _OK:
            request = Request(json.loads(entry.body))
            title = next((one for one in titles if one in request.text), "?")
            made.append(Turn(title, request.role, request.turn))
    return tuple(made)
