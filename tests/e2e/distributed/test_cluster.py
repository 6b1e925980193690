"""A coordinator and two nodes, each a process of its own, as the guide starts them."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from demo.model.mishap import Mishap
from demo.model.script import script_from

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SHOP = "rehearsal/shop"


def test_an_issue_becomes_a_pull_request_on_the_node_of_its_specialist(cluster: Any) -> None:
    """The guide's command: progress on stderr, the address last; the task names the node and its one run."""
    done = cluster.cli("workflow", "--issue", 1, "--repo", SHOP, "--distributed")
    assert done.code == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("/pull/4")
    task = cluster.api("GET", "/api/tasks").json()["tasks"][0]
    assert (task["status"], task["outcome"], task["node"]) == ("completed", "opened", "node-a")
    assert task["receipt"]["fixed"]
    assert task["receipt"]["broken"] == []
    assert cluster.prefect(f"/flow_runs/{task['flow_run_id']}")["state"]["name"] == "opened"
    assert len(cluster.stage.traces().comments) == 1


def test_the_same_again_gives_the_same_pull_request(cluster: Any) -> None:
    """Nothing is paid, nothing is started."""
    paid = cluster.stage.paid()
    done = cluster.cli("workflow", "--issue", 1, "--repo", SHOP, "--distributed", "--json")
    assert (done.code, done.object()["outcome"], cluster.stage.paid()) == (0, "opened", paid)


def test_a_run_without_a_specialist_is_handed_to_the_pool_that_it_belongs_to(cluster: Any) -> None:
    """`prefect deployment run issue-to-pr/auto` ends named HandedOff with the task; the work is another run."""
    cluster.stage.writes("Add the news page")
    number = cluster.stage.issue("Add the news page", "Write NEWS.md")
    auto = cluster.prefect("/deployments/name/issue-to-pr/auto")["id"]
    body = {"parameters": {"issue": number, "repo": SHOP}}
    run = cluster.prefect(f"/deployments/{auto}/create_flow_run", body)["id"]
    deadline = time.monotonic() + 60
    while (state := cluster.prefect(f"/flow_runs/{run}")["state"])["type"] not in {"COMPLETED", "FAILED", "CRASHED"}:
        assert time.monotonic() < deadline, state
        time.sleep(0.3)
    assert (state["name"], state["message"]) == ("HandedOff", state["message"])
    task_id = state["message"].split()[0]
    task = cluster.until(task_id, "completed")
    assert task["flow_run_id"] != run
    assert task["issue"] == number


def test_the_status_shows_nodes_pools_and_tasks(cluster: Any) -> None:
    """As JSON for programs and as a table for people."""
    told = json.loads(cluster.cli("status", "--show-cluster", "--json").stdout)
    assert {one["node_id"]: one["state"] for one in told["nodes"]} == {"node-a": "online", "node-b": "online"}
    assert {one["name"]: one["nodes"] for one in told["pools"]}["database"] == ["node-a"]
    assert told["slots"]["total"] == 4
    shown = cluster.cli("status", "--show-cluster")
    assert shown.code == 0
    assert "node-a" in shown.stdout
    assert SHOP in shown.stdout.replace("\n", "")


def test_the_prefect_ui_shows_the_cluster(cluster: Any, until: Callable[..., None]) -> None:
    """One artifact, changed as the cluster changes."""
    until(lambda: "node-a" in cluster.prefect("/artifacts/cluster-status/latest")["data"], 60)
    every = cluster.prefect("/artifacts/filter", {"artifacts": {"key": {"any_": ["cluster-status"]}}})
    assert len(every) == 1


def test_metrics_count_what_was_done(cluster: Any) -> None:
    """Prometheus' text, with the money that the ledger has."""
    text = cluster.api("GET", "/metrics").text
    assert 'claude_cluster_node_up{node="node-a"} 1.0' in text
    assert 'claude_cluster_tasks{specialty="backend",status="completed"}' in text
    cost = next(line for line in text.splitlines() if line.startswith("claude_cluster_cost_usd_total "))
    assert float(cost.split()[1]) > 0


def test_a_self_check_runs_on_a_node(cluster: Any) -> None:
    """The guide's request: 202, then `completed`; the same again is the same task, another body a conflict."""
    body = {"task_id": "api-task-001", "priority": "high", "requirements": ["backend"]}
    first = cluster.api("POST", "/api/tasks", body)
    assert first.status_code == 202
    assert first.json()["task_id"] == "api-task-001"
    task = cluster.until("api-task-001", "completed", "failed", seconds=60)
    assert (task["status"], task["node"]) == ("completed", "node-a"), task
    assert task["result"]["git"] is True
    again = cluster.api("POST", "/api/tasks", body)
    assert (again.status_code, again.json()["flow_run_id"]) == (200, first.json()["flow_run_id"])
    assert cluster.api("POST", "/api/tasks", {**body, "priority": "low"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"requirements": ["plumbing"]}, 422, "backend"),
        ({"repo": SHOP}, 422, "issue"),
        ({"repo": SHOP, "issue": 0}, 422, "issue"),
        ({"repo": SHOP, "issue": 99_999}, 422, "99999"),
        ({"repo": "no-slash", "issue": 1}, 422, "owner/name"),
        ({"repo": SHOP, "issue": 1, "colour": "red"}, 422, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(cluster: Any, body: dict[str, Any], status: int, word: str) -> None:
    """The answer names what is wrong."""
    answer = cluster.api("POST", "/api/tasks", body)
    assert answer.status_code == status
    assert word in answer.text


def test_nobody_comes_in_without_the_token(cluster: Any) -> None:
    """All but /health asks for it, Prefect's API too; unknown ids are 404 for those who have it."""
    for path in ("/api/tasks", "/api/cluster/status", "/metrics", "/docs"):
        assert cluster.api("GET", path, token="wrong").status_code == 401
    assert cluster.api("GET", "/health", token="none").status_code == 200
    assert cluster.api("POST", "/api/internal/1/Cases.recent", {"limit": 1}, token="none").status_code == 401
    assert cluster.api("GET", "/api/tasks/task-20200101-001").status_code == 404
    assert cluster.api("GET", "/api/tasks/nobody").status_code == 404


def test_a_node_of_another_version_is_refused(cluster: Any) -> None:
    """Both versions are named."""
    card = {
        "id": "old",
        "start": "1",
        "specialties": ["backend"],
        "max_tasks": 1,
        "release": "0.0.1",
        "capabilities": {"platform": "linux-x86_64", "sandbox": "none"},
    }
    answer = cluster.api("POST", "/api/internal/1/nodes?host=127.0.0.1", card)
    assert answer.status_code == 426
    assert "0.0.1" in answer.text
    assert "0.1.0" in answer.text
    internal = cluster.api("POST", "/api/internal/1/Cases.recent", {"limit": 1})
    assert internal.status_code == 426


def test_two_nodes_can_not_have_one_id(cluster: Any) -> None:
    """The second is told which one is there."""
    node = cluster.join("node-b", "docs", ready=False)
    done = node.wait(60)
    assert done.code == 2
    assert "Node registration failed" in done.stderr
    assert "node-b" in done.stderr


def test_a_task_is_cancelled_with_all_its_children(cluster: Any, until: Callable[..., None]) -> None:
    """DELETE ends it within ten seconds; nothing of it runs on the node any more."""
    cluster.stage.writes("Hang for a while")
    number = cluster.stage.issue("Hang for a while", "x")
    cluster.stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", delay_ms=30_000))
    task = cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": number}).json()["task_id"]
    until(lambda: cluster.task(task)["step"] == "generate", 90)
    began = time.monotonic()
    assert cluster.api("DELETE", f"/api/tasks/{task}").json()["status"] == "cancelled"
    run = cluster.task(task)["flow_run_id"]
    until(lambda: cluster.prefect(f"/flow_runs/{run}")["state"]["type"] == "CANCELLED", 15)
    assert time.monotonic() - began < 15
    assert cluster.task(task)["outcome"] == "cancelled"


def test_a_label_starts_work_and_a_merge_is_recorded(cluster: Any, until: Callable[..., None]) -> None:
    """Of somebody who may write; of a reader it asks for nothing. The report knows what was merged."""
    forge = cluster.stage.rehearsal.forge
    forge.add_webhook(SHOP, f"http://127.0.0.1:{cluster.ports['hooks']}/webhook", "a-webhook-secret")
    cluster.stage.writes("Add the imprint", "IMPRINT.md")
    number = cluster.stage.issue("Add the imprint", "Write IMPRINT.md")
    forge.label(SHOP, number, "claude", "reader")
    before = len(cluster.api("GET", "/api/tasks").json()["tasks"])
    forge.unlabel(SHOP, number, "claude", cluster.stage.rehearsal.maintainer)
    forge.label(SHOP, number, "claude:docs", cluster.stage.rehearsal.maintainer)
    until(lambda: len(cluster.api("GET", "/api/tasks").json()["tasks"]) == before + 1, 30)
    task = cluster.api("GET", "/api/tasks").json()["tasks"][0]
    assert (task["issue"], task["repo"]) == (number, SHOP)
    task = cluster.until(task["task_id"], "completed", "failed", "stuck")
    assert task["routing"]["primary"] == "docs"
    cluster.stage.rest("PUT", f"pulls/{task['pull_request']['number']}/merge", {}, "rehearsal-token")
    until(lambda: cluster.api("GET", "/api/report").json()["all"]["merged"] == 1, 30)
    told = cluster.api("GET", "/api/report").json()
    assert told["by_specialist"]["docs"]["merged"] == 1
    assert told["all"]["cost_per_merged_usd"] == round(told["all"]["cost_usd"], 4)


def test_a_label_that_names_nobody(cluster: Any, until: Callable[..., None]) -> None:
    """Who set it is told on the issue, in one comment that names those there are."""
    number = cluster.stage.issue("Add the terms", "Write TERMS.md")
    cluster.stage.rehearsal.forge.label(SHOP, number, "claude:gardening", cluster.stage.rehearsal.maintainer)
    words = "no specialist is called"
    until(lambda: [one for one in cluster.stage.traces().comments if words in one], 120)
    (comment,) = [one for one in cluster.stage.traces().comments if words in one]
    assert "gardening" in comment
    assert "backend" in comment


def test_an_answer_to_no_change_needed_starts_the_task_again(cluster: Any, until: Callable[..., None]) -> None:
    """Of somebody entitled: the same task's second attempt, which the agent begins with the answer."""
    forge, title = cluster.stage.rehearsal.forge, "The imprint is missing a line"
    forge.add_webhook(SHOP, f"http://127.0.0.1:{cluster.ports['hooks']}/webhook", "a-webhook-secret")
    words = {"title": title, "summary": "It is there.", "evidence": "I read it."}
    submit = {"use": [{"tool": "submit", "kind": "no_change_needed", **words}]}
    cluster.stage.rehearsal.model.scripts.append(script_from(title, {"match": [title], "author": [submit] * 3}))
    number = cluster.stage.issue(title, "x")
    task = cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": number}).json()["task_id"]
    assert cluster.until(task, "completed", "failed", "stuck")["outcome"] == "no_change_needed"
    forge.comment(SHOP, number, "reader", "Do it all the same.")
    forge.comment(SHOP, number, cluster.stage.rehearsal.maintainer, "I mean the line with the telephone.")
    until(lambda: cluster.task(task)["attempt"] == 2, 30)
    assert cluster.until(task, "completed", "failed", "stuck")["attempt"] == 2
    asked = [str(one) for one in cluster.stage.rehearsal.model.requests() if title in str(one)]
    assert "I mean the line with the telephone." in asked[-1]
    assert "Do it all the same." not in asked[0]


def test_a_comment_stops_the_work(cluster: Any, until: Callable[..., None]) -> None:
    """`/claude stop` of somebody entitled ends it within ten seconds, and the issue is told."""
    cluster.stage.writes("Add the roadmap", "ROADMAP.md")
    number = cluster.stage.issue("Add the roadmap", "Write ROADMAP.md")
    cluster.stage.rehearsal.model.mishap(Mishap(kind="delay", role="author", delay_ms=30_000))
    task = cluster.api("POST", "/api/tasks", {"repo": SHOP, "issue": number}).json()["task_id"]
    until(lambda: cluster.task(task)["step"] == "generate", 90)
    cluster.stage.rehearsal.forge.comment(SHOP, number, cluster.stage.rehearsal.maintainer, "/claude stop")
    until(lambda: cluster.task(task)["status"] == "cancelled", 10)
    assert any("cancelled" in text for text in cluster.stage.traces().comments)
    assert cluster.task(task)["reason"] == f"stopped by @{cluster.stage.rehearsal.maintainer}"
