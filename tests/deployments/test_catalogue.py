"""What is registered, and the file that says the same."""

import importlib
from pathlib import Path

import yaml

from deployments.catalogue import DISPATCH, ENTRYPOINTS, deployments, kind_of, needs_of, needs_tag, pools
from deployments.containers import Containers
from deployments.prefect_yaml import render

_SEVEN = ["backend", "frontend", "testing", "devops", "database", "docs", "security"]
_ROOT = Path(__file__).parents[2]


def test_pools_and_deployments() -> None:
    """`dispatch` and one pool a specialist; `auto`, the sweep, and three deployments a specialist, in its own pool."""
    assert [pool.name for pool in pools()] == [DISPATCH, *_SEVEN]
    assert [(one.flow, one.name) for one in deployments()] == [
        ("issue-to-pr", "auto"),
        ("backlog-sweep", "nightly"),
        *(("issue-to-pr", name) for name in _SEVEN),
        *(("specialist-share", name) for name in _SEVEN),
        *(("self-check", name) for name in _SEVEN),
    ]
    assert [one.pool for one in deployments()] == [DISPATCH, DISPATCH, *_SEVEN, *_SEVEN, *_SEVEN]
    assert [one.parameters for one in deployments()][2:9] == [{"specialist": name} for name in _SEVEN]
    assert [text for text in (*pools(), *deployments()) if not text.description] == []


def test_a_cluster_of_containers_has_pools_of_its_own() -> None:
    """Named like the specialty with the type; `dispatch` stays with the coordinator's processes."""
    assert [(pool.name, pool.kind) for pool in pools("docker")] == [
        (DISPATCH, "process"),
        *((f"{name}-docker", "docker") for name in _SEVEN),
    ]
    assert {one.pool for one in deployments("docker")} == {DISPATCH, *(f"{name}-docker" for name in _SEVEN)}


def test_the_entrypoints_are_the_flows() -> None:
    """Dotted names that any PC with the package can import."""
    for flow, entrypoint in ENTRYPOINTS.items():
        module, _, name = entrypoint.rpartition(".")
        assert getattr(importlib.import_module(module), name).name == flow


def test_tags_say_what_a_run_needs() -> None:
    """Only tags of that kind count."""
    assert needs_of(["repo:a/b", needs_tag("go"), "issue:1"]) == {"go"}


def test_prefect_yaml_is_rendered() -> None:
    """The file of the repository is what `make prefect-yaml` writes, and holds no path of a machine."""
    written = (_ROOT / "prefect.yaml").read_text("utf-8")
    assert written == render()
    assert str(_ROOT) not in written


def test_prefect_yaml_says_what_is_registered() -> None:
    """Names, pools, parameters and tags of the catalogue, each pool through its anchor."""
    parsed = yaml.safe_load(render())
    assert [
        (one["name"], one["work_pool"]["name"], one.get("parameters", {}), tuple(one.get("tags", ())))
        for one in parsed["deployments"]
    ] == [(one.name, one.pool, one.parameters, one.tags) for one in deployments()]
    assert [one["entrypoint"] for one in parsed["deployments"]] == [ENTRYPOINTS[one.flow] for one in deployments()]
    assert [one["schedules"] for one in parsed["deployments"] if "schedules" in one] == [
        [{"cron": "0 2 * * *", "timezone": "UTC"}]
    ]
    assert parsed["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "/"}}]
    assert all(f"*{one.pool}" in render() for one in deployments())


def test_the_template_of_a_pool_of_containers() -> None:
    """Prefect's own with our defaults: removed at its end, bounded, and no more rights than the sandbox needs."""
    template = Containers(image="own:1", memory="512m", cpus=1.5, network="net").template()
    defaults = {name: one.get("default") for name, one in template["variables"]["properties"].items()}
    assert (defaults["image"], defaults["image_pull_policy"], defaults["auto_remove"]) == (
        "own:1",
        "IfNotPresent",
        True,
    )
    assert (defaults["mem_limit"], defaults["memswap_limit"], defaults["networks"]) == ("512m", "512m", ["net"])
    assert (defaults["privileged"], defaults["volumes"]) == (False, None)
    assert defaults["container_create_kwargs"] == {
        "user": "root",
        "cap_drop": ["ALL"],
        "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID"],
        "security_opt": ["no-new-privileges"],
        "nano_cpus": 1_500_000_000,
        "pids_limit": 8_192,
    }
    assert Containers().template()["variables"]["properties"]["networks"]["default"] == []


def test_a_pools_name_tells_its_type() -> None:
    """As nodes read it."""
    assert [kind_of(pool.name) for pool in pools("docker")] == ["process", *["docker"] * len(_SEVEN)]
    assert {kind_of(pool.name) for pool in pools()} == {"process"}
