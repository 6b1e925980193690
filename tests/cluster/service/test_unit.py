"""Units that systemd takes, that are closed as far as the sandbox allows, and that start what was asked for."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from cluster.service.install import environment_text, install
from cluster.service.samples import samples
from cluster.service.unit import COORDINATOR, NODE, ONE_PC, Place, Role, unit_text
from domain.errors import ConfigurationError
from domain.settings import Settings

PROGRAM = Path(sys.executable).parent / "claude-cluster-distributed"
SAMPLES = Path(__file__).parents[3] / "infra" / "systemd"
_EXPOSURE = 40  # tenths, of systemd-analyze; 3.6 today: network and namespaces are what is left
analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
ROLES = [
    (COORDINATOR, ["--host", "0.0.0.0"]),
    (NODE, ["--specialties", "backend,api", "--node-id", 'a "quoted" 100% $HOME\\name']),
    (ONE_PC, []),
]


def _print(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(PROGRAM), "install-service", *arguments, "--print"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@analyze
@pytest.mark.parametrize(("role", "arguments"), ROLES, ids=lambda one: getattr(one, "unit", ""))
@pytest.mark.parametrize("system", [True, False])
def test_systemd_finds_nothing_wrong(role: Role, arguments: list[str], system: bool, tmp_path: Path) -> None:
    """No word of `verify`, neither an error nor a key that it does not know."""
    place = Place.of_system(role) if system else Place.of_user(role)
    file = tmp_path / f"{role.unit}.service"
    file.write_text(unit_text(role, place, arguments, 25))
    done = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@analyze
@pytest.mark.parametrize(("role", "arguments"), ROLES, ids=lambda one: getattr(one, "unit", ""))
def test_it_is_closed(role: Role, arguments: list[str], tmp_path: Path) -> None:
    """What systemd says of its exposure stays below a bound."""
    file = tmp_path / f"{role.unit}.service"
    file.write_text(unit_text(role, Place.of_system(role), arguments))
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={_EXPOSURE}", "--no-pager", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("role", "arguments"), ROLES, ids=lambda one: getattr(one, "unit", ""))
def test_the_sandbox_is_not_forbidden(role: Role, arguments: list[str]) -> None:
    """It needs namespaces with a /proc and a host name of their own, and what node and Java compile."""
    text = unit_text(role, Place.of_system(role), arguments)
    keys = {line.partition("=")[0] for line in text.splitlines() if re.match(r"[A-Z]\w+=", line)}
    forbidding = {"RestrictNamespaces", "ProtectKernelTunables", "ProtectKernelLogs", "ProtectProc", "ProcSubset"}
    assert not keys & {*forbidding, "ProtectHostname", "MemoryDenyWriteExecute"}
    assert {"NoNewPrivileges", "ProtectSystem", "ProtectHome", "CapabilityBoundingSet", "Delegate"} <= keys
    assert "@mount" not in next(line for line in text.splitlines() if line.startswith("SystemCallFilter"))


def test_the_words_reach_the_program_as_they_were(tmp_path: Path) -> None:
    """Systemd's own reading of the line: quotes, percent, dollar and backslash mean themselves."""
    text = unit_text(NODE, Place.of_system(NODE), ['a "b" 100% $HOME\\c d', "plain"])
    line = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    assert line.endswith(r'start-node "a \"b\" 100%% $$HOME\\c d" plain')


def test_the_flags_are_those_of_the_command(tmp_path: Path) -> None:
    """Only what was typed, files by their whole path; a stop waits longer than the drain."""
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    command = [str(PROGRAM), "install-service", "node", "--specialties", "docs", "--max-tasks", "3"]
    more = ["--ca-file", "ca.pem", "--drain-seconds", "600", "--print"]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=True, cwd=tmp_path)
    expected = f"start-node --ca-file {authority} --drain-seconds 600"
    words = re.search(r"^ExecStart=\S+ (.*)$", done.stdout, re.MULTILINE)
    assert words is not None
    assert sorted(words.group(1).split()) == sorted([*expected.split(), "--specialties", "docs", "--max-tasks", "3"])
    assert "TimeoutStopSec=645" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["node"], "Missing option '--specialties'"),
        (["node", "--specialties", "docs", "--max-tasks", "0"], "0 is not in the range"),
        (["coordinator", "--type", "vm"], "'vm' is not one of"),
        (["coordinator", "--database-url", "postgresql://me:secret@db/name"], "anybody can read a unit"),
        (["coordinator", "--host", "a\nExecStartPre=/bin/evil"], "can't stand in a unit"),
        (["master"], "No such command"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], words: str) -> None:
    """By the same rules as the command itself; a password does not come into a file that anybody reads."""
    done = _print(*arguments)
    assert (done.returncode, words in done.stderr, done.stdout) == (2, True, ""), done.stderr
    assert "secret" not in done.stderr


def test_the_shipped_units_are_what_the_command_writes() -> None:
    """For those who copy files; `python -m cluster.service.samples infra/systemd` writes them."""
    assert {name: (SAMPLES / name).read_text() for name in samples()} == samples()
    assert {path.name for path in SAMPLES.glob("*.service")} == set(samples())


def test_the_environment_is_read_back_as_it_was(tmp_path: Path) -> None:
    """What is set, and no more; quoted as systemd unquotes; what is missing stands there to be filled in."""
    settings = Settings(_env_file=None, GITHUB_TOKEN='a"b\\c$d `e', LOG_LEVEL="DEBUG")  # type: ignore[call-arg]
    lines = environment_text(settings).splitlines()
    assert r'GITHUB_TOKEN="a\"b\\c\$d \`e"' in lines
    assert "LOG_LEVEL=DEBUG" in lines
    assert "# ANTHROPIC_API_KEY=" in lines
    assert not [line for line in lines if line.startswith("CLAUDE_CLUSTER_HOME")]
    with pytest.raises(ConfigurationError, match="the value of GITHUB_TOKEN") as told:
        environment_text(settings.model_copy(update={"github_token": SecretStr("se\ncret")}))
    assert "cret" not in str(told.value).replace("secret", "")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A system below a folder, with a user that is there."""
    name = pwd.getpwuid(os.geteuid()).pw_name
    names = {"state": "var/lib/agent", "environment": "etc/cc/agent.env", "units": "etc/systemd", "log": "agent.log"}
    paths = {key: tmp_path / one for key, one in names.items()}
    return Place.of_system(NODE).model_copy(update={"user": name, **paths})


@pytest.mark.skipif(os.geteuid() != 0, reason="installs a service of the system, as root")
def test_everything_is_written_for_whom_it_is(place: Place) -> None:
    """Unit for all, keys for root, state for the service; the promised log leads to the real one; again is no harm."""
    settings = Settings(_env_file=None, GITHUB_TOKEN="ghp_secret")  # type: ignore[call-arg]
    said: list[str] = []
    for _ in range(2):
        install(NODE, place, unit_text(NODE, place, ["--specialties", "docs"]), settings, said.append)
    written = (place.unit_file(NODE), place.environment, place.state)
    assert [stat.S_IMODE(path.stat().st_mode) for path in written] == [0o644, 0o600, 0o700]
    assert "GITHUB_TOKEN=ghp_secret" in place.environment.read_text()
    assert "ghp_secret" not in place.unit_file(NODE).read_text() + "".join(said)
    assert place.log.readlink() == place.state / "logs" / "claude-cluster.log"
    assert any(line.startswith("kept ") for line in said)


@pytest.mark.skipif(os.geteuid() != 0, reason="as root")
def test_an_environment_that_others_could_read_is_closed_and_kept(place: Place) -> None:
    """What somebody filled in by hand stays."""
    place.environment.parent.mkdir(parents=True)
    place.environment.write_text("ANTHROPIC_API_KEY=mine\n")
    place.environment.chmod(0o644)
    install(NODE, place, "unit", Settings(_env_file=None), lambda _: None)  # type: ignore[call-arg]
    assert place.environment.read_text() == "ANTHROPIC_API_KEY=mine\n"
    assert stat.S_IMODE(place.environment.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="as an ordinary user")
def test_only_root_installs_for_all(place: Place) -> None:
    """The error says how else."""
    with pytest.raises(ConfigurationError, match="--user"):
        install(NODE, place, "unit", Settings(_env_file=None), lambda _: None)  # type: ignore[call-arg]
