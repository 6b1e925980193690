"""The state folder does not grow for ever, and nobody's unfinished work is taken."""

import os
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_REFUSES = "#!/bin/sh\necho 'GH013: Repository rule violations found.' >&2\nexit 1\n"


def _aged(folder: Path) -> None:
    """As if nobody had touched it for years."""
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (1, 1), follow_symlinks=False)


def test_a_run_trims_the_state_folder(stage: Any) -> None:
    """What belongs to nobody goes and the log says so; what a failed run left is there when it is resumed."""
    stage.writes("Write the news")
    stage.writes("Write a poem", path="POEM.md")
    news, poem = (stage.issue(title, "Please.") for title in ("Write the news", "Write a poem"))
    hook = stage.rehearsal.forge.repository("rehearsal/shop").git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_REFUSES)
    hook.chmod(0o755)
    failed = stage.workflow(news).object()
    assert failed["outcome"] == "failed"
    hook.unlink()
    unfinished = stage.home / "workspaces" / f"{failed['task_id']}-1"
    lost = [stage.home / kind / "task-20200101-001" for kind in ("workspaces", "checkpoints")]
    for folder in (*lost, stage.home / "environments" / "old"):
        (folder / "data").mkdir(parents=True)
        _aged(folder)
    _aged(unfinished)
    (stage.home / "upkeep").unlink()
    assert stage.workflow(poem).code == 0
    assert [path for path in (*lost, stage.home / "environments" / "old") if path.exists()] == []
    assert (unfinished / "files" / "NEWS.md").exists()
    assert "state trimmed" in (stage.home / "logs" / "claude-cluster.log").read_text()
    paid = stage.paid()
    assert stage.cli("resume", failed["task_id"]).code == 0
    assert stage.paid() == paid
