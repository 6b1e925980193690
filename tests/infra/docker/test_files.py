"""What infra/docker says, without an engine: its files, its scripts, what a build would be given."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

_FILES = Path(__file__).parents[3] / "infra" / "docker"
_NODES = ["agent-backend", "agent-frontend", "agent-testing", "agent-devops"]
_RIGHTS = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Those of compose.yaml."""
    found: dict[str, Any] = yaml.safe_load((_FILES / "compose.yaml").read_text("utf-8"))["services"]
    return found


def test_the_guides_ports(services: dict[str, Any]) -> None:
    """8000 to 8005 and 4200, all on this PC's loopback alone."""
    published = [one for service in services.values() for one in service.get("ports", ())]
    assert all(one.startswith("127.0.0.1:${") for one in published), published
    usual = sorted(int(one.partition(":-")[2].partition("}")[0]) for one in published)
    assert usual == [4200, *range(8000, 8006), 8090]


def test_the_guides_services_start_when_what_they_need_is_well(services: dict[str, Any]) -> None:
    """Four nodes after the coordinator, the coordinator after the keys were looked for."""
    assert {name for name in services if name.startswith("agent-")} == set(_NODES)
    for name in _NODES:
        assert services[name]["depends_on"] == {"coordinator": {"condition": "service_healthy"}}
        assert "--node-id" not in services[name]["command"]
    assert services["coordinator"]["depends_on"] == {"keys": {"condition": "service_completed_successfully"}}
    assert services["keys"]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}


def test_no_container_has_more_rights_than_it_needs(services: dict[str, Any]) -> None:
    """A node has the seven that give sandboxes users of their own; nobody has more, or can gain any."""
    for name, service in services.items():
        assert not set(service.get("cap_add", ())) - _RIGHTS, name
        assert "privileged" not in service
        assert not any("docker.sock" in one for one in service.get("volumes", ())), name
    for name in (*_NODES, "coordinator"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_logs_are_bounded(services: dict[str, Any]) -> None:
    """Every service's."""
    bounds = {"max-size": "10m", "max-file": "3"}
    assert {name for name, one in services.items() if one["logging"]["options"] != bounds} == set()


def test_nothing_secret_is_written_there() -> None:
    """No variable of the files has a value that could be a key; no build argument has a host."""
    for path in _FILES.iterdir():
        text = path.read_text("utf-8")
        assert "://" not in text.replace("postgresql://claude:PASSWORD@postgres", "").replace("http://127.0.0.1", ""), (
            path
        )


def _prepare(folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    variables = {"PATH": os.environ["PATH"], "CLAUDE_CLUSTER_SHARED": str(folder), "REHEARSAL_SECONDS": "0", **env}
    return subprocess.run(
        ["sh", str(_FILES / "prepare.sh")], env=variables, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "GITHUB_TOKEN and ANTHROPIC_API_KEY"),
        ({"GITHUB_TOKEN": "x"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "x"}, "GITHUB_TOKEN"),
        ({"GITHUB_APP_ID": "7"}, "ANTHROPIC_API_KEY"),
        ({"GITHUB_TOKEN": "", "ANTHROPIC_API_KEY": "x"}, "GITHUB_TOKEN"),
    ],
)
def test_a_missing_key_is_named(tmp_path: Path, given: dict[str, str], missing: str) -> None:
    """In one line that says what to do; no token is made."""
    done = _prepare(tmp_path, **given)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: {missing} not set - export it, or give a file that has it")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_with_keys_the_next_service_can_start(tmp_path: Path, services: dict[str, Any]) -> None:
    """Its program is there, and does nothing; it is taken away when the keys are."""
    keys = {"GITHUB_TOKEN": "x", "ANTHROPIC_API_KEY": "x"}
    assert _prepare(tmp_path, **keys).returncode == 0
    (program,) = services["keys"]["entrypoint"]
    assert "GITHUB_TOKEN and ANTHROPIC_API_KEY must be set" in program
    assert subprocess.run([program], env={"PATH": f"{tmp_path}:/bin"}, check=False).returncode == 0
    assert _prepare(tmp_path, EXIT_WITHOUT_KEYS="0").returncode == 0
    assert not (tmp_path / program).exists()


def test_the_token_is_made_once(tmp_path: Path) -> None:
    """For its owner's eyes; long, of characters that a header takes; no newline that a shell would add."""
    keys = {"GITHUB_TOKEN": "x", "ANTHROPIC_API_KEY": "x"}
    (tmp_path / "rehearsal").write_text("of an earlier time")
    assert _prepare(tmp_path, **keys).returncode == 0
    token = (tmp_path / "token").read_text()
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert _prepare(tmp_path, **keys).returncode == 0
    assert (tmp_path / "token").read_text() == token
    assert not (tmp_path / "rehearsal").exists()


def _enter(*command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    script = (
        ["setpriv", "--reuid", "65534", "--clear-groups", "--regid", "65534", "sh"] if os.geteuid() == 0 else ["sh"]
    )
    text = (_FILES / "entrypoint.sh").read_text("utf-8")
    return subprocess.run(
        [*script, "-c", text, "entrypoint", *command],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd="/",
    )


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """A variable with _FILE behind its name gives way to what the file holds."""
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.geteuid() and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    (tmp_path / "key").write_text("a secret with 'quotes' and $signs\n")
    (tmp_path / "key").chmod(0o644)
    done = _enter("sh", "-c", 'echo "$GITHUB_TOKEN/${GITHUB_TOKEN_FILE:-}"', GITHUB_TOKEN_FILE=str(tmp_path / "key"))
    assert (done.returncode, done.stdout) == (0, "a secret with 'quotes' and $signs/\n"), done.stderr


def test_a_secret_that_can_not_be_read(tmp_path: Path) -> None:
    """One line names the variable, the file and the user."""
    done = _enter("true", ANTHROPIC_API_KEY_FILE="/nowhere/key")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ANTHROPIC_API_KEY_FILE names /nowhere/key, which user ")
