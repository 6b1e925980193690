"""What `kubectl kustomize` makes of the overlays: valid for the API, complete, closed, and started by real flags."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from adapters.sandbox.container.boot import _NEEDED
from adapters.sandbox.container.ranges import Ranges
from agents.specialist import load_specialists
from cli.distributed import commands
from cluster.variables import sections

FOLDER = Path(__file__).parents[3] / "infra" / "kubernetes"
OVERLAYS = ["embedded", "external-database"]
_VERSIONS = ["1.30", "1.33", "1.36"]
pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on this machine")


def _rendered(overlay: str) -> list[dict[str, Any]]:
    command = ["kubectl", "kustomize", str(FOLDER / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.fixture(scope="module", params=OVERLAYS)
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Everything of an overlay."""
    return _rendered(request.param)


def _workloads(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for one in objects:
        if one["kind"] in {"Deployment", "StatefulSet"}:
            pod = one["spec"]["template"]["spec"]
            yield one["metadata"]["name"], pod, pod["containers"][0]


@pytest.mark.parametrize("version", _VERSIONS)
def test_the_api_takes_every_object(objects: list[dict[str, Any]], version: str) -> None:
    """By Kubernetes' own schemas, unknown fields refused."""
    schemas = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    for one in objects:
        schemas.validate(one, version, strict=True)


def test_a_wrong_field_would_be_found() -> None:
    """The check above can fail."""
    schemas = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    (service, *_) = _rendered("embedded")
    with pytest.raises(schemas.ValidationError):
        schemas.validate({**service, "spec": {**service["spec"], "selektor": {}}}, _VERSIONS[0], strict=True)


def test_a_deployment_for_each_specialist(objects: list[dict[str, Any]]) -> None:
    """No pool is without a node."""
    names = {name for name, _, _ in _workloads(objects)}
    assert names == {"coordinator", *(f"agent-{one.name}" for one in load_specialists())}


def test_selectors_are_of_one_workload_each(objects: list[dict[str, Any]]) -> None:
    """No deployment adopts the pods of another, and each finds its own."""
    specs = [one["spec"] for one in objects if one["kind"] in {"Deployment", "StatefulSet"}]
    found = [json.dumps(one["selector"]["matchLabels"], sort_keys=True) for one in specs]
    assert len(set(found)) == len(found)
    for one in specs:
        assert one["selector"]["matchLabels"].items() <= one["template"]["metadata"]["labels"].items()


def test_the_commands_are_real(objects: list[dict[str, Any]]) -> None:
    """The program takes the flags as they stand there."""
    for name, _, container in _workloads(objects):
        program, command, *arguments = container["args"]
        assert program == "claude-cluster-distributed"
        found = commands.get_command(click.Context(commands), command)
        assert found is not None
        parsed = found.make_context(command, list(arguments)).params
        if name != "coordinator":
            assert parsed["specialties"] == name.removeprefix("agent-")


def test_variables_are_settings(objects: list[dict[str, Any]]) -> None:
    """None is misspelt; what is secret comes from the Secret, and from nowhere else."""
    known = {one.name for section in sections() for one in section.variables}
    secret = {"GITHUB_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CLUSTER_API_TOKEN", "GITHUB_WEBHOOK_SECRET"}
    secret |= {"CLAUDE_CLUSTER_DATABASE_URL"}
    for _, _, container in _workloads(objects):
        for one in container["env"]:
            assert one["name"] in known
            assert (one["name"] in secret) == ("secretKeyRef" in one.get("valueFrom", {}))
            if one["name"] in secret:
                assert one["valueFrom"]["secretKeyRef"]["key"] == one["name"]


def test_the_coordinator_is_no_root() -> None:
    """Nor can it become anybody; what it may write is its volume."""
    (pod, container) = next(found[1:] for found in _workloads(_rendered("embedded")) if found[0] == "coordinator")
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, Ranges().worker)
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    # the database refuses files that a group may read, which a change at every mount would make them
    assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    home = next(one["value"] for one in container["env"] if one["name"] == "CLAUDE_CLUSTER_HOME")
    mount = container["volumeMounts"][0]["mountPath"]
    assert Path(home).parent == Path(mount)


def test_nodes_have_the_rights_of_the_sandbox_and_no_more(objects: list[dict[str, Any]]) -> None:
    """What the helper asks for at its start, of all that a pod could be given."""
    for name, pod, container in _workloads(objects):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert pod["automountServiceAccountToken"] is False
        assert not [one for one in pod.get("volumes", ()) if "hostPath" in one]
        if name == "coordinator":
            continue
        rights = container["securityContext"]
        assert rights["allowPrivilegeEscalation"] is False
        assert rights.get("privileged") is None
        assert rights["capabilities"]["drop"] == ["ALL"]
        assert set(rights["capabilities"]["add"]) == set(_NEEDED)
        assert {"name": "CLAUDE_CLUSTER_SANDBOX", "value": "container"} in container["env"]


def test_probes_ask_where_the_program_answers(objects: list[dict[str, Any]]) -> None:
    """A node that can't reach the coordinator is not ready, and is not restarted: that would mend nothing."""
    for name, pod, container in _workloads(objects):
        ports = {one["name"]: one["containerPort"] for one in container["ports"]}
        ready, alive = container["readinessProbe"], container["livenessProbe"]
        assert ready["httpGet"]["path"] == "/health"
        assert ports[ready["httpGet"]["port"]] == (8001 if name == "coordinator" else 8002)
        assert ("httpGet" in alive) == (name == "coordinator")
        assert container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"] >= 300
        assert pod["terminationGracePeriodSeconds"] >= 60


def test_the_network_is_closed(objects: list[dict[str, Any]]) -> None:
    """Every pod has a policy; nodes accept nobody, and reach the coordinator, names, and no private address."""
    policies = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "NetworkPolicy"}
    for one in objects:
        if one["kind"] in {"Deployment", "StatefulSet"}:
            labels = one["spec"]["template"]["metadata"]["labels"]
            chosen = [p for p in policies.values() if p["podSelector"]["matchLabels"].items() <= labels.items()]
            assert len(chosen) == 1
            assert set(chosen[0]["policyTypes"]) == {"Ingress", "Egress"}
    assert policies["agents"]["ingress"] == []
    blocks = [to["ipBlock"] for rule in policies["agents"]["egress"] for to in rule.get("to", ()) if "ipBlock" in to]
    inner = ["10.1.2.3/32", "172.20.0.1/32", "192.168.1.1/32", "169.254.169.254/32"]
    for block in blocks:
        assert all(any(ip_network(one).subnet_of(ip_network(out)) for out in block["except"]) for one in inner)
    opened = {port["port"] for rule in policies["agents"]["egress"] for port in rule["ports"]}
    assert opened == {53, 443, 4200, 8001}


def test_an_external_database_is_named_by_the_secret() -> None:
    """And may be reached; the embedded overlay has neither."""
    for overlay, expected in zip(OVERLAYS, (False, True), strict=True):
        objects = _rendered(overlay)
        container = next(found[2] for found in _workloads(objects) if found[0] == "coordinator")
        named = any(one["name"] == "CLAUDE_CLUSTER_DATABASE_URL" for one in container["env"])
        policy = next(
            one for one in objects if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "coordinator"
        )
        reached = any(port["port"] == 5432 for rule in policy["spec"]["egress"] for port in rule["ports"])
        assert (named, reached) == (expected, expected)
