"""What a run says is in the file, as objects where that is asked for, and among the run's logs in the Prefect UI."""

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
WARNING = """
    import logging, os, sys
    from pydantic import SecretStr
    from domain.secrecy import keep_secret
    from prefect.logging.handlers import APILogHandler
    from tasks.logbook import open_logbook
    from wiring.configuration import load_settings
    keep_secret(SecretStr("a-canary-of-a-key"))
    open_logbook(load_settings(), sys.argv[1], sys.argv[2])
    logging.getLogger("proof.guard").warning("found=%s", "a-canary-of-a-key")
    APILogHandler().flush()
"""


def test_the_same_log_in_the_file_and_in_the_ui(stage: Any, until: Any) -> None:
    """Every line has the task and the run; `logs --task-id` shows them; none holds a key, whoever wrote it."""
    json_log = {"CLAUDE_CLUSTER_LOG_FORMAT": "json"}
    done = stage.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/shop", "--json", env=json_log)
    told = done.wait(600).object()
    task, run = told["task_id"], told["flow_run_id"]
    given = {**stage.environment, **json_log, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(WARNING), task, run]
    subprocess.run(command, check=True, env=given, cwd=stage.folder)
    text = (stage.home / "logs" / "claude-cluster.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {(one["task"], one["run"]) for one in lines} == {(task, run)}
    assert "canary" not in text
    assert stage.environment["ANTHROPIC_API_KEY"] not in text
    assert stage.cli("logs", "--task-id", task).stdout == text
    steps = {one["message"] for one in lines if one["message"].startswith("step=")}
    ours = {one["message"] for one in lines if one["logger"] == "proof.guard"}
    assert (len(steps) > 5, len(ours)) == (True, 1)
    of_run = {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200}
    until(lambda: steps | ours <= {one["message"] for one in stage.prefect.post("/logs/filter", of_run)}, 60)
