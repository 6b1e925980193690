"""The disk of the state folder fills up while a case is worked on."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.model.script import script_from
from demo.wire.faults import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_LINE = r"Error: the disk [^\n]* full[^\n]* - make room on the disk of CLAUDE_CLUSTER_HOME, then start the same command"
_ANSWERS = 4  # a command, two to hand in, one of the reviewer


@pytest.fixture
def small_disk(stage: Any) -> Iterator[Path]:
    """A state folder on a disk of 120 MB; only root can have one."""
    stage.home.mkdir(parents=True)
    mount = shutil.which("mount") if os.geteuid() == 0 else None
    command = [str(mount), "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(stage.home)]
    if not mount or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here: this needs root")
    try:
        yield stage.home
    finally:
        for running in stage.started:
            running.end()
        subprocess.run(["umount", "-l", str(stage.home)], check=True)


@pytest.fixture
def issue(stage: Any) -> int:
    """An issue that the model answers with a command of five seconds that writes a file."""
    title = "Write the news"
    submit = {"tool": "submit", "kind": "change", "title": title, "summary": "Written.", "evidence": "Read."}
    command = {"tool": "bash", "command": "sleep 5; echo News > NEWS.md"}
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    turns = [{"use": [command]}, {"use": [submit]}, {"use": [submit]}]
    script = script_from(title, {"match": [title], "author": turns, "reviewer": [review]})
    stage.rehearsal.model.scripts.append(script)
    number = stage.issue(title, "Please add a NEWS.md.")
    assert isinstance(number, int)
    return number


def _fill(folder: Path) -> Path:
    """Take all that is left of the disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\x00" * 4096):
                pass
        except OSError:
            return filler


def test_the_disk_is_full(stage: Any, small_disk: Path, issue: int, until: Any) -> None:
    """One line says what is full and what to do; with room the same command goes on, and no answer is paid twice."""
    running = stage.start("claude-cluster", "workflow", "--issue", issue, "--repo", "rehearsal/shop", "--json")
    until(lambda: stage.paid() >= 1, 120)
    time.sleep(2)  # the command runs by now
    filler = _fill(small_disk)
    done = running.wait()
    assert done.code == 1, done.stderr
    told = done.error if not done.stdout else f"Error: {done.object()['reason']}"
    assert re.match(_LINE, told), told
    assert stage.paid() == 1
    filler.unlink()
    again = stage.workflow(issue)
    assert (again.code, again.object()["outcome"]) == (0, "opened"), again.stderr
    assert stage.paid() == _ANSWERS
    traces = stage.traces()
    assert (traces.branches, len(traces.pulls), len(traces.comments)) == ((f"claude/issue-{issue}",), 1, 1)
    assert (
        stage.rehearsal.forge.repository("rehearsal/shop").git.run("show", f"claude/issue-{issue}:NEWS.md").strip()
        == "News"
    )


def test_the_disk_fills_up_while_the_model_thinks(stage: Any, small_disk: Path, issue: int, until: Any) -> None:
    """The answer that comes then is paid, and is not asked for again."""
    stage.rehearsal.model.fail(Fault(path="/messages", delay_s=4.0, after=1))
    running = stage.start("claude-cluster", "workflow", "--issue", issue, "--repo", "rehearsal/shop", "--json")
    until(lambda: stage.paid() >= 1, 120)
    time.sleep(7)  # the command of five seconds is over, and the next answer is on its way
    filler = _fill(small_disk)
    done = running.wait()
    assert done.code == 1, done.stderr
    filler.unlink()
    again = stage.workflow(issue)
    assert (again.code, again.object()["outcome"]) == (0, "opened"), again.stderr
    assert stage.paid() == _ANSWERS
    assert len(stage.traces().pulls) == 1


def test_a_disk_that_is_full_from_the_start(stage: Any, small_disk: Path, issue: int) -> None:
    """Nothing is paid and nothing is left on the forge; the line is the same."""
    filler = _fill(small_disk)
    done = stage.workflow(issue)
    assert done.code == 1, done.stderr
    assert re.match(_LINE, done.error), done.error
    assert (stage.paid(), stage.traces().branches, stage.traces().comments) == (0, (), ())
    filler.unlink()
    assert stage.workflow(issue).code == 0
