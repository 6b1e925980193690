"""What git says when the forge answers with an error over HTTP: what passes is tried again, the rest is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.git.runner import Git
from demo.rehearsal import Rehearsal
from demo.wire.faults import Fault
from domain.errors import ClusterError, NotFound, PermissionDenied, Transient


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A forge that serves git over HTTP."""
    with Rehearsal(tmp_path_factory.mktemp("rehearsal")) as running:
        yield running


@pytest.mark.parametrize(
    "fault", [*({"status": status} for status in (408, 429, 500, 502, 503, 504)), {"drop": "before"}], ids=str
)
async def test_what_passes_is_transient(rehearsal: Rehearsal, fault: dict[str, Any]) -> None:
    """A forge that is busy, restarted, or asks to slow down: the step is tried again; then it works."""
    git = Git(server_url=rehearsal.server_url)
    rehearsal.forge.fail(Fault(path="info/refs", **fault))
    with pytest.raises(Transient) as told:
        await git.run("ls-remote", git.url("rehearsal/shop"))
    assert "\n" not in str(told.value)
    assert b"refs/heads/main" in await git.run("ls-remote", git.url("rehearsal/shop"))


@pytest.mark.parametrize(("status", "kind"), [(403, PermissionDenied), (404, NotFound)])
async def test_what_stays_is_told_at_once(rehearsal: Rehearsal, status: int, kind: type[ClusterError]) -> None:
    """No right, no repository: nothing is gained by asking again."""
    git = Git(server_url=rehearsal.server_url)
    rehearsal.forge.fail(Fault(path="info/refs", status=status))
    with pytest.raises(kind):
        await git.run("ls-remote", git.url("rehearsal/shop"))
