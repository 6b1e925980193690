"""What is registered, and the file that says the same."""

import importlib
from pathlib import Path

import yaml

from deployments.catalogue import DISPATCH, ENTRYPOINT, FLOW_NAME, deployments, pools
from deployments.prefect_yaml import render

_SEVEN = ["backend", "frontend", "testing", "devops", "database", "docs", "security"]
_ROOT = Path(__file__).parents[2]


def test_pools_and_deployments() -> None:
    """`dispatch` and one pool a specialist; `auto` and one deployment a specialist, each in its own pool."""
    assert [pool.name for pool in pools()] == [DISPATCH, *_SEVEN]
    assert [one.name for one in deployments()] == ["auto", *_SEVEN]
    assert [one.pool for one in deployments()] == [DISPATCH, *_SEVEN]
    assert [one.specialist for one in deployments()] == [None, *_SEVEN]
    assert [text for text in (*pools(), *deployments()) if not text.description] == []


def test_the_entrypoint_is_the_flow() -> None:
    """A dotted name that any PC with the package can import."""
    module, _, name = ENTRYPOINT.rpartition(".")
    assert getattr(importlib.import_module(module), name).name == FLOW_NAME


def test_prefect_yaml_is_rendered() -> None:
    """The file of the repository is what `make prefect-yaml` writes, and holds no path of a machine."""
    written = (_ROOT / "prefect.yaml").read_text("utf-8")
    assert written == render()
    assert str(_ROOT) not in written


def test_prefect_yaml_says_what_is_registered() -> None:
    """Names, pools, parameters and tags of the catalogue, each pool through its anchor."""
    parsed = yaml.safe_load(render())
    assert [
        (one["name"], one["work_pool"]["name"], one.get("parameters", {}).get("specialist"), tuple(one.get("tags", ())))
        for one in parsed["deployments"]
    ] == [(one.name, one.pool, one.specialist, one.tags) for one in deployments()]
    assert [one["entrypoint"] for one in parsed["deployments"]] == [ENTRYPOINT] * len(deployments())
    assert parsed["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "/"}}]
    assert all(f"*{one.pool}" in render() for one in deployments())
