"""Nodes lose sight of the coordinator, or sleep, each in a network of its own; nobody pays or writes twice."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from tests.e2e.distributed.chaos.rooms import Room, rooms_work

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not rooms_work(), reason="needs root and network namespaces"),
]
_GOES_ON_WITHIN_S = 120


@pytest.fixture
def rooms(bare: Any) -> Iterator[Callable[[], Room]]:
    """Networks for nodes, in which forge and model are found as outside."""
    made: list[Room] = []
    urls = (bare.rehearsal.server_url, bare.rehearsal.model_url)

    def make() -> Room:
        made.append(Room(tuple(int(url.rsplit(":", 1)[1]) for url in urls)))
        return made[-1]

    yield make
    for room in made:
        room.close()


def test_a_short_cut_is_not_noticed(
    building: Callable[..., Any], until: Callable[..., None], rooms: Callable[[], Room]
) -> None:
    """Twenty seconds without the coordinator: the same run goes on, and no answer is paid twice."""
    cluster, room = building(host="0.0.0.0"), rooms()
    cluster.start()
    cluster.join("node-a", room=room)
    task_id = cluster.in_the_middle(until)
    cluster.stage.rehearsal.model.mend()
    room.cut(services=False)
    time.sleep(20)
    room.mend()
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    asked = [str(request["messages"]) for request in cluster.stage.rehearsal.model.requests()]
    assert (len(cluster.runs(task_id)), len(asked)) == (1, len(set(asked)))


@pytest.mark.parametrize("services", [False, True], ids=["from-the-coordinator", "from-everything"])
def test_a_node_that_is_cut_off_for_long_is_replaced(
    building: Callable[..., Any], until: Callable[..., None], rooms: Callable[[], Room], services: bool
) -> None:
    """Another node goes on; when the link is back the first finds its number refused, and leaves no trace."""
    cluster, room = building(host="0.0.0.0"), rooms()
    cluster.start()
    first = cluster.join("node-a", room=room)
    task_id = cluster.in_the_middle(until)
    cluster.join("node-b", room=rooms())
    room.cut(services=services)
    cut = time.monotonic()
    until(lambda: cluster.task(task_id)["node"] == "node-b", _GOES_ON_WITHIN_S)
    assert time.monotonic() - cut < _GOES_ON_WITHIN_S
    cluster.stage.rehearsal.model.mend()
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    before, asked = cluster.stage.traces(), cluster.stage.paid()
    room.mend()
    until(lambda: not cluster.working(first), 120)
    until(lambda: not [one for one in cluster.api("GET", "/api/cluster/status").json()["nodes"] if one["running"]], 180)
    assert (cluster.stage.traces(), cluster.stage.paid()) == (before, asked)
    assert cluster.task(task_id)["outcome"] == "opened"


def test_a_run_that_sleeps_beyond_its_lease_is_replaced(
    building: Callable[..., Any], until: Callable[..., None]
) -> None:
    """SIGSTOP for longer than its claim lasts: another node ends the work; awake, it asks and writes nothing."""
    cluster = building()
    cluster.start()
    first = cluster.join("node-a")
    task_id = cluster.in_the_middle(until)
    cluster.join("node-b")
    (asleep, *_) = cluster.working(first)
    asleep.suspend()
    until(lambda: cluster.task(task_id)["node"] == "node-b", _GOES_ON_WITHIN_S)
    cluster.stage.rehearsal.model.mend()
    task = cluster.until(task_id, "completed", "stuck", "failed")
    cluster.opened_once(task)
    before, asked = cluster.stage.traces(), cluster.stage.paid()
    asleep.resume()
    assert not psutil.wait_procs([asleep], timeout=120)[1]
    assert (cluster.stage.traces(), cluster.stage.paid()) == (before, asked)
    assert cluster.task(task_id)["node"] == "node-b"
