"""Prefect's own commands on a cluster: a plain worker, and deployments stored from a folder that is gone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SHOP = "rehearsal/shop"
_PREFECT = Path(sys.executable).parent / "prefect"
_YAML = Path(__file__).parents[3] / "prefect.yaml"


@pytest.fixture
def alone(standing: Any) -> Any:
    """A coordinator that others can come to, with no node."""
    cluster = standing(host="0.0.0.0")
    cluster.start()
    return cluster


def _reached(cluster: Any) -> dict[str, str]:
    """What Prefect's own documentation asks for: the address, and the password of a server that has one."""
    return {
        "PREFECT_API_URL": f"http://127.0.0.1:{cluster.ports['prefect']}/api",
        "PREFECT_API_AUTH_STRING": f"claude-cluster:{cluster.token}",
    }


def test_a_plain_worker_works_for_the_cluster(alone: Any, tmp_path: Path) -> None:
    """Deployed from a folder that is moved away, started by hand, run by a worker that knows Prefect's address alone.

    The work is in the coordinator's books: its task, its money, its one pull request; and asked for again by its API
    it is the same task.
    """
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(_YAML, folder)
    stage, reached = alone.stage, _reached(alone)
    deployed = subprocess.run(
        [_PREFECT, "--no-prompt", "deploy", "--all"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PREFECT_HOME": str(tmp_path / "prefect"), **reached},
        check=False,
        capture_output=True,
        text=True,
    )
    assert deployed.returncode == 0, deployed.stderr
    folder.rename(tmp_path / "moved")
    worker = stage.start("prefect", "worker", "start", "-p", "backend", env=reached)
    given = ("-p", f"repo={SHOP}", "-p", "issue=1")
    asked = stage.start("prefect", "deployment", "run", "issue-to-pr/backend", *given, "--watch", env=reached)
    done = asked.wait(400)
    assert done.code == 0, done.stdout + done.stderr
    (task,) = alone.api("GET", "/api/tasks").json()["tasks"]
    assert (task["outcome"], task["issue"], len(stage.traces().pulls)) == ("opened", 1, 1), task
    assert task["spend"]["cost_usd"] > 0
    again = alone.api("POST", "/api/tasks", {"repo": SHOP, "issue": 1}).json()
    assert (again["task_id"], again["status"]) == (task["task_id"], "completed")
    assert not (stage.home / "ledger.db").exists()
    worker.end()
