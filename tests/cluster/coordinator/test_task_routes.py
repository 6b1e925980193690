"""Tasks over the API, as far as it needs neither forge nor Prefect server."""

from typing import Any

import httpx
import pytest

from cluster.coordinator.parts import Parts


@pytest.fixture
def api(parts: Parts) -> httpx.AsyncClient:
    """The API without its door."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=parts.api.app), base_url="http://coordinator")


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"task_id": "task-20261122-001"}, 422, "given by the cluster"),
        ({"task_id": "a b"}, 422, "task_id"),
        ({"requirements": ["plumbing"]}, 422, "backend"),
        ({"issue": 3}, 422, "CLAUDE_CLUSTER_REPO"),
        ({"priority": "urgent"}, 422, "priority"),
        ({"repo": "acme/shop", "issue": 1, "max_cost_usd": -1}, 422, "max_cost_usd"),
        ({"repo": "acme/shop", "issue": 1}, 503, "GitHub"),
        ({"task_id": "api-task-001"}, 503, "Prefect server"),
    ],
)
async def test_refused_in_words(api: httpx.AsyncClient, body: dict[str, Any], status: int, word: str) -> None:
    """What is wrong with it, or who is away."""
    answer = await api.post("/api/tasks", json=body)
    assert answer.status_code == status, answer.text
    assert word in answer.text


async def test_a_check_that_could_not_start_is_started_by_the_same_request(api: httpx.AsyncClient) -> None:
    """The id stands for it from then on: another body is a conflict, and it can be read."""
    assert (await api.post("/api/tasks", json={"task_id": "api-task-001"})).status_code == 503
    assert (await api.post("/api/tasks", json={"task_id": "api-task-001"})).status_code == 503
    other = await api.post("/api/tasks", json={"task_id": "api-task-001", "priority": "high"})
    assert other.status_code == 409
    told = (await api.get("/api/tasks/api-task-001")).json()
    assert (told["task_id"], told["status"], told["flow_run_id"]) == ("api-task-001", "queued", None)


async def test_nobody_and_nothing(api: httpx.AsyncClient) -> None:
    """Unknown ids are 404; health says what is missing."""
    assert (await api.get("/api/tasks/task-20200101-001")).status_code == 404
    assert (await api.delete("/api/tasks/nobody")).status_code == 404
    health = await api.get("/health")
    assert (health.status_code, health.json()["prefect"], health.json()["ledger"]) == (503, "unreachable", "ok")
