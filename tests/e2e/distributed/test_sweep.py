"""The nightly sweep on a real cluster to which no webhook comes: it finds what was labelled, and what was merged."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.model.mishap import Mishap

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SHOP = "rehearsal/shop"


@pytest.fixture(scope="module")
def sweeping(standing: Callable[..., Any]) -> Any:
    """One node with two slots for all specialties; the coordinator knows no repository of its own."""
    made = standing()
    made.start(within=300)
    made.join("node-a")
    return made


def swept(cluster: Any, **parameters: Any) -> str:
    """Start the deployment over Prefect's API; gives its message once it has ended."""
    nightly = cluster.prefect("/deployments/name/backlog-sweep/nightly")["id"]
    body = {"parameters": {"repos": [SHOP], **parameters}}
    run = cluster.prefect(f"/deployments/{nightly}/create_flow_run", body)["id"]
    deadline = time.monotonic() + 90
    while (state := cluster.prefect(f"/flow_runs/{run}")["state"])["type"] not in {"COMPLETED", "FAILED", "CRASHED"}:
        assert time.monotonic() < deadline, state
        time.sleep(0.3)
    assert state["type"] == "COMPLETED", state
    return str(state["message"])


def wanted(cluster: Any, title: str, *labels: str, by: str | None = None) -> int:
    """An issue that the model can answer, with labels that somebody set and nobody was told of; its number."""
    cluster.stage.writes(title, f"{title.replace(' ', '-')}.md")
    who = by or cluster.stage.rehearsal.maintainer
    forge = cluster.stage.rehearsal.forge
    return int(forge.create_issue(SHOP, title, "Please.", labels=dict.fromkeys(labels, who)).number)


def issues_at_work(cluster: Any) -> list[int]:
    """The issues of all tasks, oldest first."""
    return [one["issue"] for one in reversed(cluster.api("GET", "/api/tasks").json()["tasks"])]


def test_the_schedule_is_kept(sweeping: Any, until: Callable[..., None]) -> None:
    """Prefect's scheduler makes runs for the coming nights, at two o'clock UTC."""
    nightly = sweeping.prefect("/deployments/name/backlog-sweep/nightly")["id"]
    asked = {"deployments": {"id": {"any_": [nightly]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    until(lambda: sweeping.prefect("/flow_runs/filter", asked), 60)
    runs = sweeping.prefect("/flow_runs/filter", asked)
    times = sorted(datetime.fromisoformat(one["expected_start_time"]).astimezone(UTC) for one in runs)
    assert {(one.hour, one.minute) for one in times} == {(2, 0)}
    assert times[0] > datetime.now(UTC)
    assert all(one["auto_scheduled"] for one in runs)


def test_what_lost_webhooks_missed(sweeping: Any, until: Callable[..., None]) -> None:
    """By priority, then age, as many as there are free slots; labels of people without rights ask for nothing."""
    wanted(sweeping, "A wish of a reader", "claude", by="reader")
    plain = wanted(sweeping, "Add the hours", "claude")
    docs = wanted(sweeping, "Add the manual", "claude:docs")
    urgent = wanted(sweeping, "Add the notice", "claude", "priority: high")
    sweeping.stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", delay_ms=3_000, times=None))
    words = swept(sweeping)
    assert issues_at_work(sweeping) == [urgent, plain]
    assert [part.split()[1] for part in words.split(", ")] == [f"{SHOP}#{urgent}", f"{SHOP}#{plain}"]
    assert swept(sweeping) == "nothing to start"
    sweeping.stage.rehearsal.model.mend()
    for part in words.split(", "):
        assert sweeping.until(part.split()[0], "completed", "failed", "stuck")["outcome"] == "opened"
    until(lambda: sweeping.api("GET", "/api/cluster/status").json()["slots"]["running"] == 0, 30)
    assert swept(sweeping).split()[1] == f"{SHOP}#{docs}"
    task = sweeping.api("GET", "/api/tasks").json()["tasks"][0]
    task = sweeping.until(task["task_id"], "completed", "failed", "stuck")
    assert (task["issue"], task["routing"]["primary"], task["outcome"]) == (docs, "docs", "opened")
    assert swept(sweeping) == "nothing to start"


def test_merges_that_no_webhook_told(sweeping: Any) -> None:
    """The next sweep writes them down: the report knows what a merged pull request costs."""
    before = sweeping.api("GET", "/api/report").json()["all"]
    assert (before["pull_requests"], before["merged"], before["cost_per_merged_usd"]) == (3, 0, None)
    first, second, _ = [one["pull_request"]["number"] for one in sweeping.api("GET", "/api/tasks").json()["tasks"]]
    sweeping.stage.rest("PUT", f"pulls/{first}/merge", {}, "rehearsal-token")
    sweeping.stage.rehearsal.forge.close(SHOP, second, sweeping.stage.rehearsal.maintainer)
    words = swept(sweeping)
    assert sorted(words.split("; ")) == sorted(
        ["nothing to start", f"{SHOP}#{first} merged", f"{SHOP}#{second} closed"]
    )
    where = {"COORDINATOR_HOST": "127.0.0.1", "COORDINATOR_PORT": str(sweeping.ports["api"])}
    after = sweeping.stage.cli("report", "--cluster", "--json", env=where).object()
    every = after["all"]
    assert (every["merged"], every["closed"], every["rework_rounds"]) == (1, 1, 0)
    assert every["cost_per_merged_usd"] == every["cost_usd"] > 0
    assert every["first_pass_rate"] == 1.0
    assert after["by_specialist"]["docs"]["merged"] == 1


def test_prefects_own_command_starts_it(sweeping: Any) -> None:
    """`prefect deployment run backlog-sweep/nightly`, with the repositories and labels as parameters."""
    number = wanted(sweeping, "Add the prices", "please")
    api = {"PREFECT_API_URL": f"http://127.0.0.1:{sweeping.ports['prefect']}/api"}
    given = ("-p", f'repos=["{SHOP}"]', "-p", 'labels=["please"]', "-p", "limit=1", "--watch")
    done = sweeping.stage.start("prefect", "deployment", "run", "backlog-sweep/nightly", *given, env=api).wait()
    assert done.code == 0, done.stderr
    assert issues_at_work(sweeping)[-1] == number
    task = sweeping.api("GET", "/api/tasks").json()["tasks"][0]
    assert sweeping.until(task["task_id"], "completed", "failed", "stuck")["outcome"] == "opened"
