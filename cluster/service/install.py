"""A unit, its environment file, its user and its log written where systemd and people look for them."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from cluster.service.unit import Place, Role
from cluster.variables import sections, text_of
from domain.errors import ConfigurationError
from domain.settings import Settings

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+=-]*")
_OF_THE_UNIT = {"CLAUDE_CLUSTER_HOME", "CLAUDE_CLUSTER_COORDINATOR_URL", "CLAUDE_CLUSTER_NODE_ID"}


def install(role: Role, place: Place, text: str, settings: Settings, say: Callable[[str], None]) -> None:
    """Write everything; a unit that is there is replaced, an environment file is kept and closed to others.

    Raises:
        ConfigurationError: no right to do it, or no systemd.
    """
    if place.system and os.geteuid() != 0:
        raise ConfigurationError("only root installs a service of the system", "use sudo, or --user")
    try:
        place.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.system:
            _have_user(place)
            shutil.chown(place.state, place.user, place.user)
        say(_environment(place.environment, settings))
        place.units.mkdir(parents=True, exist_ok=True)
        unit = place.unit_file(role)
        fresh = unit.with_name(f".{unit.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(unit)
        say(f"wrote {unit}")
        if place.system:
            say(_link_log(place))
    except OSError as error:
        words = f"{error.filename or place.units} can't be written: {error.strerror}"
        raise ConfigurationError(words, "check its rights") from error


def next_steps(role: Role, place: Place) -> str:
    """What a person types then."""
    user = "" if place.system else " --user"
    linger = "" if place.system else " && loginctl enable-linger"
    return (
        f"check {place.environment}, then: systemctl{user} daemon-reload && systemctl{user} enable --now {role.unit}"
        f"{linger}\nlog: journalctl{user} -u {role.unit} -f, or {place.log}"
    )


def _have_user(place: Place) -> None:
    try:
        pwd.getpwnam(place.user)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--home-dir", str(place.state), place.user]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise ConfigurationError("useradd is not there", f"make a user {place.user}") from error
        if done.returncode:
            words = f"the user {place.user} can't be made: {done.stderr.strip()}"
            raise ConfigurationError(words, "make it by hand") from None


def _environment(path: Path, settings: Settings) -> str:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        return f"kept {path}"
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(environment_text(settings))
    return f"wrote {path} with what is set now"


def environment_text(settings: Settings) -> str:
    """Variables as systemd reads them; those that work needs and that are not set stand there as a comment.

    Raises:
        ConfigurationError: a value that such a file can't hold; names the variable only.
    """
    lines = ["# Read by systemd, which gives it to the service: for root alone."]
    for one in (variable for section in sections() for variable in section.variables):
        if one.name in _OF_THE_UNIT:
            continue
        if one.field in settings.model_fields_set:
            lines.append(f"{one.name}={_quoted(one.name, text_of(getattr(settings, one.field)))}")
        elif one.wanted:
            lines.append(f"# {one.name}=")
    return "\n".join([*lines, ""])


def _quoted(name: str, value: str) -> str:
    if not value.isprintable():
        raise ConfigurationError(f"the value of {name} can't be written to a file", "set it by hand")
    if _PLAIN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'


def _link_log(place: Place) -> str:
    """The promised place of the log leads to the file that the program turns over itself."""
    target = place.state / "logs" / "claude-cluster.log"
    if place.log.is_symlink() or not place.log.exists():
        place.log.unlink(missing_ok=True)
        place.log.symlink_to(target)
        return f"{place.log} leads to {target}"
    return f"{place.log} is another file and was left alone; the log is {target}"
