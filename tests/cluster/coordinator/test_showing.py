"""The cluster's state as a page of the Prefect UI."""

from cluster.coordinator.showing import markdown

TOLD = {
    "nodes": [{"node_id": "node-a", "state": "online", "running": 1, "max_tasks": 2, "pools": ["backend", "docs"]}],
    "slots": {"total": 2, "running": 1},
    "tasks": {"running": 1, "completed": 3},
    "spend": {"cost_usd": 0.256, "cache_share": 0.75},
    "recent": [
        {
            "task_id": "task-20261122-001",
            "repo": "acme/shop",
            "issue": 7,
            "status": "completed",
            "outcome": "opened",
            "cost_usd": 0.08,
            "pull_request": "https://forge.example/acme/shop/pull/9",
        }
    ],
}


def test_the_page_has_nodes_and_tasks() -> None:
    """Two tables, and a line above them."""
    assert markdown(TOLD).splitlines() == [
        "1 of 2 slots busy; tasks: 3 completed, 1 running; $0.26 spent, 75% read from cache",
        "",
        "| node | state | busy | serves |",
        "|---|---|---|---|",
        "| node-a | online | 1/2 | backend, docs |",
        "",
        "| task | issue | state | cost | pull request |",
        "|---|---|---|---|---|",
        "| task-20261122-001 | acme/shop#7 | opened | $0.08 | https://forge.example/acme/shop/pull/9 |",
    ]


def test_an_empty_cluster_says_so() -> None:
    """Instead of tables without a row."""
    page = markdown({**TOLD, "nodes": [], "recent": [], "tasks": {}})
    assert "| no node yet | | | |" in page
    assert "| no task yet | | | | |" in page
    assert "tasks: none yet" in page
