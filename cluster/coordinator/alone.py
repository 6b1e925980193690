"""One at a time on a state folder: a coordinator, or what replaces all that it knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from domain.errors import ConfigurationError

RESTORING = "restoring"  # a file that is there while a restore is under way; holds the backup's path


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """A second one on the same state folder would end the first one's database.

    Raises:
        ConfigurationError: there is one.
    """
    try:
        with FileLock(home / "coordinator.lock", timeout=0):
            yield
    except Timeout as error:
        raise ConfigurationError(
            f"a coordinator runs already on {home}", "stop it, or set CLAUDE_CLUSTER_HOME to another folder"
        ) from error


def refuse_half_restored(home: Path) -> None:
    """Raises `ConfigurationError` if a restore was broken off: what is there is neither the old nor the new."""
    marker = home / RESTORING
    if marker.exists():
        source = marker.read_text(encoding="utf-8").strip()
        raise ConfigurationError(
            f"a restore of {source} did not come to its end",
            f"run it again: claude-cluster-distributed restore {source} --force",
        )
