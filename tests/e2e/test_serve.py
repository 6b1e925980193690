"""Deployments: run from Prefect, worked on by `serve` or by a plain Prefect worker."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from demo.model import Mishap
from deployments.catalogue import deployments
from deployments.prefect_yaml import render
from deployments.register import register

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]  # whole servers, on a machine that does much else
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def serving(shared: Any) -> Iterator[Any]:
    """`claude-cluster serve`, ready, for one issue at once."""
    running = shared.start("claude-cluster", "serve", "--max-tasks", 1)
    try:
        running.says("ready: ")
        yield running
    finally:
        running.end()


def test_serve_and_prefect_deployment_run(shared: Any, serving: Any, until: Any) -> None:
    """`prefect deployment run` of `auto` and of a specialist each end in one pull request.

    Never more at once than `--max-tasks`, over all pools; Ctrl-C ends serve and all that it started.
    """
    issues = _asked_for(shared, "the news", "the weather")
    assert shared.prefect.url.removesuffix("/api") in serving.stderr.read_text()
    for issue, name in zip(issues, ("auto", "docs"), strict=True):
        asked = shared.start("prefect", "deployment", "run", f"issue-to-pr/{name}", *_parameters(issue)).wait()
        assert asked.code == 0, asked.stderr
    runs = [_ends_in_a_pull_request(shared, until, issue) for issue in issues]
    first, second = sorted(runs, key=lambda run: str(run["start_time"]))
    assert first["end_time"] <= second["start_time"]
    family = serving.family()
    serving.interrupt()
    assert serving.wait(20).code in {0, 130}
    until(lambda: serving.gone(family), 2)


def test_cancel_reaches_a_workers_run(shared: Any, serving: Any, until: Any) -> None:
    """`cancel` ends a run that a worker started, with its sandbox, within the worker's next look."""
    shared.rehearsal.model.mishap(Mishap(kind="delay", role="author", turn=2, delay_ms=60_000))
    before = shared.paid()
    shared.start("prefect", "deployment", "run", "issue-to-pr/auto", *_parameters(1)).wait()
    until(lambda: shared.paid() == before + 2)
    sandbox = [one for one in serving.family() if "bwrap" in one.name()]
    assert sandbox
    task = next(one for one in shared.cli("status", "--json").object()["tasks"] if one["issue"] == 1)
    assert shared.cli("cancel", task["task_id"]).code == 0
    until(lambda: serving.gone(sandbox), 30)
    until(lambda: shared.prefect.run(task["flow_run_id"])["state"]["type"] == "CANCELLED", 90)
    status = shared.cli("status", "--task-id", task["task_id"], "--json").object()
    assert (status["outcome"], status["status"]) == ("cancelled", "cancelled")


def test_a_plain_prefect_worker(shared: Any, until: Any) -> None:
    """`prefect worker start -p docs` works on `issue-to-pr/docs`, with the package and the variables alone."""
    _registered(shared)
    (issue,) = _asked_for(shared, "the gazette")
    soon = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
    worker = shared.start("prefect", "worker", "start", "-p", "docs", "--type", "process", env=soon)
    asked = shared.start("prefect", "deployment", "run", "issue-to-pr/docs", *_parameters(issue)).wait()
    assert asked.code == 0, asked.stderr
    _ends_in_a_pull_request(shared, until, issue)
    worker.end()


def test_the_form_in_the_ui(shared: Any) -> None:
    """The stored parameters are typed, bounded and described; only the issue is required."""
    _registered(shared)
    for one in (one for one in deployments() if one.flow == "issue-to-pr"):
        stored = shared.prefect.get(f"/deployments/name/{one.flow}/{one.name}")
        schema = stored["parameter_openapi_schema"]
        fields = schema["properties"]
        assert (stored["enforce_parameter_schema"], schema["required"]) == (True, ["issue"])
        assert (fields["issue"]["type"], fields["issue"]["minimum"]) == ("integer", 1)
        assert fields["priority"]["enum"] == ["low", "normal", "high", "critical"]
        assert (fields["dry_run"]["type"], fields["dry_run"]["default"]) == ("boolean", False)
        assert [name for name, field in fields.items() if not field.get("description")] == []
        assert (stored["work_pool_name"], stored["path"], stored["pull_steps"] or []) == (one.pool, None, [])


@pytest.mark.parametrize("parameter", ["issue=0", "issue=one", "priority=now"])
def test_the_form_refuses_nonsense(shared: Any, parameter: str) -> None:
    """A parameter out of bounds creates no run."""
    _registered(shared)
    ours = {"flows": {"name": {"any_": ["issue-to-pr"]}}}  # the nightly sweep is scheduled ahead
    before = shared.prefect.post("/flow_runs/count", ours)
    given = ("-p", "repo=rehearsal/shop", "-p", "issue=1", "-p", parameter)
    asked = shared.start("prefect", "deployment", "run", "issue-to-pr/auto", *given).wait()
    assert asked.code != 0
    assert shared.prefect.post("/flow_runs/count", ours) == before


def test_prefect_yaml_is_what_is_registered(shared: Any, tmp_path: Path) -> None:
    """`prefect deploy --all` of prefect.yaml stores the same as `serve` registers, and no path of this machine."""
    _registered(shared)
    names = [f"{one.flow}/{one.name}" for one in deployments()]
    mine = {name: _stored(shared, name) for name in names}
    (shared.folder / "prefect.yaml").write_text(render())
    done = shared.start("prefect", "--no-prompt", "deploy", "--all").wait()
    assert done.code == 0, done.stdout + done.stderr
    theirs = {name: shared.prefect.get(f"/deployments/name/{name}") for name in names}
    assert {name: _stored(shared, name) for name in names} == mine
    machine = (str(shared.folder), str(_ROOT), str(tmp_path.parent))
    assert [name for name, one in theirs.items() if any(path in str(one) for path in machine)] == []


def _stored(stage: Any, name: str) -> dict[str, Any]:
    """What of a deployment must be the same however it came to the server."""
    one = stage.prefect.get(f"/deployments/name/{name}")
    kept = ("entrypoint", "parameters", "work_pool_name", "tags", "description", "parameter_openapi_schema", "path")
    return {key: one[key] for key in kept}


def _registered(stage: Any) -> None:
    with temporary_settings(updates={PREFECT_API_URL: stage.prefect.url}):
        asyncio.run(asyncio.wait_for(register(), 60))


def _parameters(issue: int) -> tuple[str, ...]:
    return ("-p", "repo=rehearsal/shop", "-p", f"issue={issue}")


def _asked_for(stage: Any, *names: str) -> list[int]:
    """Issues that ask for a file each."""
    for name in names:
        stage.writes(f"Write {name}", f"{name.split()[-1]}.md")
    return [stage.issue(f"Write {name}", "Please add a file.") for name in names]


def _ends_in_a_pull_request(stage: Any, until: Any, issue: int) -> dict[str, Any]:
    """The branch of the issue has exactly one pull request, and the run is named like the outcome; gives the run."""
    until(
        lambda: _runs(stage, issue) and _runs(stage, issue)[0]["state"]["type"] not in _GOING, 150, lambda: _seen(stage)
    )
    (run,) = _runs(stage, issue)
    assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "opened"), run["state"]
    pulls = [one for one in stage.rehearsal.forge.pulls("rehearsal/shop") if one.pull.head == f"claude/issue-{issue}"]
    assert len(pulls) == 1
    return dict(run)


_GOING = {"SCHEDULED", "PENDING", "RUNNING"}


def _runs(stage: Any, issue: int) -> list[dict[str, Any]]:
    found = stage.prefect.runs(stage.since)
    return [run for run in found if run["parameters"].get("issue") == issue and run["deployment_id"]]


def _seen(stage: Any) -> str:
    """What there is to say of runs that did not end in time."""
    log = (stage.home / "logs" / "claude-cluster.log").read_text().splitlines()[-30:]
    runs = stage.prefect.runs(stage.since)
    return "\n".join([*(f"{run['name']} {run['work_pool_name']} {run['state']}" for run in runs), *log])
