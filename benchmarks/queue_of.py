"""Ten thousand queued tasks in the ledger and on the Prefect server: how long status and submitting take then."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import asyncpg
import httpx
from cluster_of import Cluster, running_cluster
from figure import Figure, below

from cluster.coordinator.postgres import LEDGER, PREFECT, running_url
from demo.rehearsal import Rehearsal

_QUEUED, _LOOKS, _SUBMITS = 10_000, 15, 25
_STATUS_GOAL_S, _SUBMIT_GOAL_S = 1.0, 0.05
_RUN = "md5(n::text)::uuid"  # the same in both databases: recovery looks for what the Prefect server does not know
_COPIES = "generate_series(2, $1) n"


def measure(queued: int = _QUEUED) -> list[Figure]:
    """Medians over HTTP; one real task is copied, in the ledger and on the Prefect server, with its run."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Rehearsal(Path(folder) / "r") as rehearsal:
        numbers = [
            rehearsal.forge.create_issue(rehearsal.repo, f"Write page number {number}", "Please.").number
            for number in range(_SUBMITS + 1)
        ]
        with running_cluster(Path(folder), rehearsal, nodes=0) as cluster:
            _submit(cluster.api, rehearsal.repo, numbers[0])
            asyncio.run(_copied(cluster, queued))
            status = [_status(cluster.api) for _ in range(_LOOKS)]
            submits = [_submit(cluster.api, rehearsal.repo, number) for number in numbers[1:]]
            length = cluster.api.get("/api/cluster/status").json()["queue"]["length"]
    return [
        Figure("tasks in the queue", length, "", f"{queued + _SUBMITS}", length == queued + _SUBMITS),
        below("status of the cluster", statistics.median(status), "s", _STATUS_GOAL_S),
        Figure("status of the cluster, slowest", max(status), "s"),
        below("submitting an issue", statistics.median(submits), "s", _SUBMIT_GOAL_S),
        Figure("submitting an issue, slowest", max(submits), "s"),
    ]


def _status(api: httpx.Client) -> float:
    began = time.perf_counter()
    api.get("/api/cluster/status").raise_for_status()
    return time.perf_counter() - began


def _submit(api: httpx.Client, repo: str, number: int) -> float:
    began = time.perf_counter()
    api.post("/api/tasks", json={"repo": repo, "issue": number}).raise_for_status()
    return time.perf_counter() - began


async def _copied(cluster: Cluster, queued: int) -> None:
    """Rows that differ from the real one in their keys only."""
    ledger, prefect = await _connected(cluster, LEDGER), await _connected(cluster, PREFECT)
    try:
        task = "case when n < 1000 then lpad(n::text, 3, '0') else n::text end"
        name = f"substring(id for 14) || {task}"
        cases = {
            "id": name,
            "number": "n",
            "issue": "100000 + n",
            "file": f"jsonb_set(jsonb_set(file::jsonb, '{{case,id}}', to_jsonb({name})),"
            " '{case,issue,number}', to_jsonb(100000 + n))::json",
        }
        runs = {"task_id": name.replace("id for", "task_id for"), "run_id": f"{_RUN}::text"}
        await _copy(ledger, "cases", cases, queued)
        await _copy(ledger, "runs", runs, queued)
        flow_runs = {
            "id": _RUN,
            "idempotency_key": "idempotency_key || n",
            "state_id": "null",
            "state_name": "'Late'",  # as each is that waits: setting that is work of the server's, once a run
        }
        await _copy(prefect, "flow_run", flow_runs, queued, "where idempotency_key like 'task-%' limit 1")
        for connection in (ledger, prefect):
            await connection.execute("analyze")
    finally:
        await ledger.close()
        await prefect.close()


async def _copy(
    connection: asyncpg.Connection, table: str, changed: dict[str, str], many: int, which: str = ""
) -> None:
    columns = [
        row["column_name"]
        for row in await connection.fetch(
            "select column_name from information_schema.columns where table_name = $1 and table_schema = 'public'"
            " and is_generated = 'NEVER'",
            table,
        )
    ]
    values = ", ".join(changed.get(one, f'"{one}"') for one in columns)
    names = ", ".join(f'"{one}"' for one in columns)
    source = f"(select * from {table} {which or 'limit 1'}) one"  # noqa: S608 - our own names
    await connection.execute(f"insert into {table} ({names}) select {values} from {source}, {_COPIES}", many)  # noqa: S608


async def _connected(cluster: Cluster, database: str) -> asyncpg.Connection:
    url = running_url(cluster.home, database)
    if url is None:
        raise SystemExit("the coordinator has no database of its own")
    return await asyncpg.connect(url.replace("+asyncpg", ""))
