"""A coordinator is lost with its disk; what was backed up while it worked becomes a new one that goes on."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cluster.coordinator.owner import Owner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SHOP = "rehearsal/shop"
_TURNS = 4  # of the rehearsed model for one issue: create, submit, submit, review


def _rules(stage: Any, before: list[str]) -> None:
    text = f"[approval]\nbefore = {json.dumps(before)}\n"
    stage.rehearsal.forge.commit(SHOP, "main", {".claude-cluster.toml": text}, "Rules")


def _asked(cluster: Any, title: str, path: str, specialist: str) -> str:
    cluster.stage.writes(title, path)
    body = {"repo": SHOP, "issue": cluster.stage.issue(title, f"Please add {path}."), "requirements": [specialist]}
    return str(cluster.api("POST", "/api/tasks", body).raise_for_status().json()["task_id"])


def _cli(cluster: Any, home: Path, *arguments: object) -> Any:
    variables = {"CLAUDE_CLUSTER_HOME": str(home)}
    return cluster.stage.start("claude-cluster-distributed", *arguments, env=variables).wait(300)


def test_a_new_coordinator_goes_on_with_what_was_backed_up(
    building: Callable[..., Any], tmp_path: Path, until: Callable[..., None]
) -> None:
    """A suspended and a queued task: the one is approved and finishes unpaid, the other runs; a pull request each."""
    cluster = building()
    cluster.start()
    cluster.join("node-docs", "docs")
    _rules(cluster.stage, ["pull_request"])
    suspended = _asked(cluster, "Write the news", "NEWS.md", "docs")
    cluster.until(suspended, "suspended")
    _rules(cluster.stage, [])
    queued = _asked(cluster, "Write the story", "STORY.md", "backend")
    until(lambda: cluster.task(queued)["flow_run_id"])
    paid = cluster.stage.paid()

    file = tmp_path / "backup.tar.gz"
    done = _cli(cluster, cluster.home, "backup", "--to", file, "--json")
    assert done.code == 0, done.stderr
    told = done.object()
    assert (told["tasks"], told["kind"]) == ({"queued": 1, "suspended": 1}, "postgresql")
    assert "ANTHROPIC_API_KEY" in told["secrets"]
    assert file.stat().st_mode & 0o777 == 0o600
    cluster.kill(cluster.nodes.pop("node-docs"))
    cluster.kill(cluster.coordinator)

    home = tmp_path / "new"
    back = _cli(cluster, home, "restore", file)
    assert back.code == 0, back.stderr
    assert "1 queued, 1 suspended" in back.stdout
    again = _cli(cluster, home, "restore", file)
    assert (again.code, "nothing was restored: there is data" in again.error) == (2, True)
    shutil.rmtree(cluster.home / "checkpoints", ignore_errors=True)
    try:
        cluster.start(env={"CLAUDE_CLUSTER_HOME": str(home)})
        assert {cluster.task(one)["status"] for one in (suspended, queued)} == {"suspended", "queued"}
        cluster.join("node-new", "docs,backend")
        cluster.prefect(f"/flow_runs/{cluster.task(suspended)['flow_run_id']}/resume", {})
        ended = [cluster.until(one, "completed", "failed", "stuck", seconds=300) for one in (suspended, queued)]
        assert [one["outcome"] for one in ended] == ["opened", "opened"]
        assert len(cluster.stage.traces().pulls) == 2
        assert paid == _TURNS
        assert cluster.stage.paid() == 2 * _TURNS
    finally:
        shutil.rmtree(Owner(home).folder, ignore_errors=True)
