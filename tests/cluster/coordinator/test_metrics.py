"""The figures for Prometheus, read as Prometheus reads them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.cases.ledger import SqlCases
from adapters.cases.nodes import SqlNodes
from cluster.coordinator.parts import Parts
from domain.case import Case, CaseFile, WorkRequest
from domain.issue import Issue
from domain.node import Capabilities, NodeCard
from domain.outcome import Outcome, Result
from domain.repository import Repository
from domain.routing import Routing
from domain.spend import Spend, Timing


class Scraped:
    """A scrape of the coordinator's API, and the ledger below it."""

    def __init__(self, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
        self._parts, self._monkeypatch = parts, monkeypatch
        database = parts._outside.database
        self.cases, self.nodes = SqlCases(database), SqlNodes(database)
        self.now = 1_000.0

    async def values(self) -> dict[str, float]:
        """Every sample by its name and labels; two of one name would be no valid text."""
        transport = httpx.ASGITransport(self._parts.api.behind(None))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(answer.text):
            assert family.documentation
            for sample in family.samples:
                labels = ",".join(sorted(sample.labels.values()))
                name = f"{sample.name.removeprefix('claude_cluster_')}{{{labels}}}"
                assert name not in found
                found[name] = sample.value
        return found

    async def opened(self, issue: int = 7) -> CaseFile:
        """A queued case."""
        case = Case(
            id="", forge="forge.example", base="main", base_sha="a" * 40, model="m", created=datetime.now(UTC),
            repository=Repository(name="acme/shop", id=42, default_branch="main", can_push=True),
            issue=Issue(repo="acme/shop", number=issue, title="T", body="B"),
        )  # fmt: skip
        return await self.cases.open(case, WorkRequest(repo="acme/shop", issue=issue))

    async def moves(self, file: CaseFile, seconds: float, **changes: Any) -> CaseFile:
        """So much later by the ledger's clock, something of the case is written."""
        self.now += seconds
        self._monkeypatch.setattr("adapters.cases.step_times.time", SimpleNamespace(time=lambda: self.now))
        file = file.model_copy(update=changes)
        await self.cases.write(file)
        return file


@pytest.fixture
def scraped(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Scraped:
    """Of a coordinator that has seen nothing yet."""
    return Scraped(parts, monkeypatch)


async def test_nothing_yet(scraped: Scraped) -> None:
    """Sums are 0, and no step or node is made up."""
    found = await scraped.values()
    assert found["cost_usd_total{}"] == found["queue_oldest_seconds{}"] == found["nodes{online}"] == 0
    assert not [name for name in found if name.startswith(("step_duration", "node_up", "tasks{"))]


async def test_steps_take_the_time_between_two_writes(scraped: Scraped) -> None:
    """A histogram by step, whatever a node says of the time; two rounds are two steps."""
    file = await scraped.moves(await scraped.opened(), 0, status="running", step="preflight")
    file = await scraped.moves(file, 0.7, step="generate", updated=datetime(2001, 1, 1, tzinfo=UTC))
    file = await scraped.moves(file, 40, action="reads a file")
    file = await scraped.moves(file, 50, step="verify", updated=datetime(2099, 1, 1, tzinfo=UTC))
    file = await scraped.moves(file, 4, step="generate")
    await scraped.moves(file, 20, status="completed", outcome=Outcome.OPENED)
    found = await scraped.values()
    assert found["step_duration_seconds_count{generate}"] == 2
    assert found["step_duration_seconds_sum{generate}"] == pytest.approx(110)
    buckets = [found[f"step_duration_seconds_bucket{{{bound},generate}}"] for bound in ("10.0", "30.0", "60.0")]
    assert buckets == [0, 1, 1]
    assert found["step_duration_seconds_bucket{+Inf,generate}"] == found["step_duration_seconds_bucket{120.0,generate}"]
    assert found["step_duration_seconds_bucket{1.0,preflight}"] == found["step_duration_seconds_count{verify}"] == 1


@pytest.mark.parametrize(
    "cut",
    [
        {"status": "queued"},
        {"status": "suspended"},
        {"status": "failed"},
        {"status": "cancelled", "outcome": Outcome.CANCELLED},
    ],
)
async def test_what_was_cut_short_is_not_counted(scraped: Scraped, cut: dict[str, Any]) -> None:
    """The wait for another node, for a person or for a rate limit is no work."""
    file = await scraped.moves(await scraped.opened(), 0, status="running", step="generate")
    await scraped.moves(file, 600, **cut)
    assert not [name for name in await scraped.values() if name.startswith("step_duration")]


async def test_tasks_money_and_nodes(scraped: Scraped) -> None:
    """By status and specialty; tokens by kind and the share from cache; nodes by state, slots by use."""
    await scraped.opened(8)
    file = await scraped.opened(7)
    spend = Spend(
        cost_usd=1.25, calls=3, input_tokens=100, cache_read_tokens=300, cache_write_tokens=0, output_tokens=9
    )
    timing = Timing(total_s=60, model_s=40, tests_s=15, overhead_s=5)
    result = Result(
        task_id=file.case.id, flow_run_id=None, repo="acme/shop", issue=7, outcome=Outcome.OPENED, reason=None,
        attempt=1, timing=timing,
    )  # fmt: skip
    routing = Routing(primary="docs", secondary=(), scores=())
    changes = {"status": "completed", "outcome": Outcome.OPENED, "spend": spend, "routing": routing, "result": result}
    await scraped.moves(file, 0, **changes)
    able = Capabilities(platform="linux-x86_64", sandbox="bubblewrap")
    for name, draining in (("a", False), ("b", True)):
        card = NodeCard(id=name, start="1", specialties=("docs",), max_tasks=3, release="0", capabilities=able)
        await scraped.nodes.join(card)
        await scraped.nodes.beat(name, "1", 2, draining)
    found = await scraped.values()
    assert (found["tasks{completed,docs}"], found["tasks{queued,unrouted}"]) == (1, 1)
    assert (found["cost_usd_total{}"], found["tokens_total{cache_read}"], found["cache_share{}"]) == (1.25, 300, 0.75)
    assert (found["task_seconds_total{model}"], found["task_seconds_total{overhead}"]) == (40, 5)
    assert (found["nodes{online}"], found["nodes{draining}"], found["nodes{lost}"]) == (1, 1, 0)
    assert (found["node_up{a}"], found["node_slots{a,running}"], found["node_slots{a,all}"]) == (1, 2, 3)
    assert 0 <= found["queue_oldest_seconds{}"] < 60
