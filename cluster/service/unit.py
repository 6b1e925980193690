"""The text of a unit, from one template for all roles."""

import shlex
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import platformdirs
from jinja2 import Environment, StrictUndefined

from domain.errors import ConfigurationError
from domain.frozen import Frozen

_STOP_S = 45.0  # for what comes after the drain: children, the database, the last word to the coordinator


class Role(Frozen):
    """What runs: the unit's name, the program with its command, and how it is asked to end."""

    unit: str
    description: str
    program: str
    command: str
    signal: str = "SIGTERM"


COORDINATOR = Role(
    unit="claude-coordinator",
    description="coordinator",
    program="claude-cluster-distributed",
    command="start-coordinator",
)
NODE = Role(unit="claude-agent", description="node", program="claude-cluster-distributed", command="start-node")
ONE_PC = Role(
    unit="claude-cluster",
    description="Prefect server and workers of this PC",
    program="claude-cluster",
    command="serve",
    signal="SIGINT",
)


class Place(Frozen):
    """Where a service lives: of the system, or of one user."""

    system: bool
    user: str
    state: Path
    environment: Path
    units: Path
    log: Path
    wanted_by: str
    programs: Path

    @classmethod
    def of_system(cls, role: Role, programs: Path | None = None) -> "Place":
        """For everybody, from boot on, as a user of its own."""
        return cls(
            system=True,
            user="claude-cluster",
            state=Path("/var/lib", role.unit),
            environment=Path("/etc/claude-cluster", f"{role.unit}.env"),
            units=Path("/etc/systemd/system"),
            log=Path("/var/log", f"{role.unit}.log"),
            wanted_by="multi-user.target",
            programs=programs or Path(sys.prefix, "bin"),
        )

    @classmethod
    def of_user(cls, role: Role, programs: Path | None = None) -> "Place":
        """For one who is no administrator; a user's systemd can't change what a service sees of the disk."""
        state = platformdirs.user_state_path("claude-cluster", appauthor=False) / role.unit
        config = platformdirs.user_config_path()
        return cls(
            system=False,
            user="",
            state=state,
            environment=config / "claude-cluster" / f"{role.unit}.env",
            units=config / "systemd" / "user",
            log=state / "logs" / "claude-cluster.log",
            wanted_by="default.target",
            programs=programs or Path(sys.prefix, "bin"),
        )

    def unit_file(self, role: Role) -> Path:
        """Where systemd looks for it."""
        return self.units / f"{role.unit}.service"


def unit_text(role: Role, place: Place, arguments: Sequence[str], drain_s: float = 0.0) -> str:
    """The unit; `arguments` are those of the role's command, `drain_s` is how long runs may go on after the stop.

    Raises:
        ConfigurationError: an argument that a unit can't hold, or that is a secret.
    """
    source = files("cluster.service").joinpath("unit.service.j2").read_text(encoding="utf-8")
    plain = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - no HTML
    template = plain.from_string(source)
    words = [str(place.programs / role.program), role.command, *arguments]
    command = " ".join(_quoted(word) for word in words)
    return template.render(role=role, place=place, command=command, stop_s=round(drain_s + _STOP_S)) + "\n"


def _quoted(word: str) -> str:
    """As systemd reads a command line: % and $ are its own (systemd.service, "Command lines")."""
    if not word.isprintable():
        raise ConfigurationError(f"{word!r} can't stand in a unit", "leave it out")
    if word.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise ConfigurationError(
            "a database's address has a password in it, and anybody can read a unit",
            "put it into the environment file as CLAUDE_CLUSTER_DATABASE_URL",
        )
    escaped = word.replace("%", "%%").replace("$", "$$").replace("\\", "\\\\")
    return escaped if shlex.quote(word) == word else '"' + escaped.replace('"', '\\"') + '"'
