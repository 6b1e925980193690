"""What is due is due by the cluster's clock, whatever this machine's says."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster.node.room import Room
from cluster.node.starts import Starts
from cluster.node.taking import Shared
from cluster.node.worker import NodeWorker
from domain import clock


class Asked:
    """The Prefect client's question for what is due, written down; nothing is."""

    before: datetime

    async def get_scheduled_flow_runs_for_work_pool(self, scheduled_before: datetime, **_: Any) -> list[Any]:
        """As Prefect's client has it."""
        self.before = scheduled_before
        return []


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Whatever a test learns is forgotten."""
    yield
    clock.learn(time.time(), time.time())


@pytest.mark.parametrize("hours", [3, 0, -3])
async def test_a_clock_that_is_hours_off_finds_what_is_due(tmp_path: Path, hours: int) -> None:
    """Prefect's server is asked for what is due there, and not sooner."""
    worker = NodeWorker("docs", "node", Shared(Room(1, lambda: None), Starts(()), tmp_path))
    asked = Asked()
    worker._client = asked
    clock.learn(time.time() + hours * 3_600, time.time())
    await worker._get_scheduled_flow_runs()
    there = datetime.now(UTC) + timedelta(hours=hours)
    assert timedelta(0) < asked.before - there < timedelta(seconds=60)
