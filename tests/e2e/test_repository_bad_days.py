"""What happens on the forge and on the disk while a run is under way."""

import subprocess
from typing import Any

import pytest

from demo.wire.faults import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_REFUSES = "#!/bin/sh\necho 'GH013: Repository rule violations found for refs/heads/claude/issue-4.' >&2\nexit 1\n"


@pytest.fixture
def news(stage: Any) -> int:
    """An issue that the model answers with one new file."""
    stage.writes("Write the news")
    number = stage.issue("Write the news", "Please add a NEWS.md.")
    assert isinstance(number, int)
    return number


def _slowly(stage: Any, issue: int, until: Any) -> Any:
    """The command on an issue, held for some seconds between its second answer and its third."""
    stage.rehearsal.model.fail(Fault(path="/messages", delay_s=4.0, after=2))
    running = stage.start("claude-cluster", "workflow", "--issue", issue, "--repo", "rehearsal/shop", "--json")
    until(lambda: stage.paid() >= 2, 120)
    return running


def test_a_rule_refuses_the_push(stage: Any, news: int) -> None:
    """One line with the forge's words; once the rule is lifted, resume pushes what is paid for already."""
    hook = stage.rehearsal.forge.repository("rehearsal/shop").git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(_REFUSES)
    hook.chmod(0o755)
    done = stage.workflow(news)
    told = done.object()
    assert (done.code, told["outcome"]) == (1, "failed"), done.stderr
    assert "GH013: Repository rule violations found" in told["reason"]
    assert "claude/*" in told["reason"]
    assert f"claude-cluster resume {told['task_id']}" in told["reason"]
    assert stage.traces().branches == ()
    paid = stage.paid()
    hook.unlink()
    again = stage.cli("resume", told["task_id"], "--json")
    assert (again.code, again.object()["outcome"]) == (0, "opened"), again.stderr
    assert stage.paid() == paid
    assert stage.traces().branches == (f"claude/issue-{news}",)


def test_the_base_moves_and_the_issue_is_edited(stage: Any, news: int, until: Any) -> None:
    """The pull request goes into the same branch, shows our change alone, and answers the text that was frozen."""
    running = _slowly(stage, news, until)
    stage.rehearsal.forge.commit("rehearsal/shop", "main", {"OTHER.md": "By others\n"}, "Meanwhile")
    stage.rest("PATCH", f"issues/{news}", {"title": "Write a poem", "body": "No news."}, stage.rehearsal.token)
    done = running.wait()
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr
    (pull,) = stage.rehearsal.forge.pulls("rehearsal/shop")
    git = stage.rehearsal.forge.repository("rehearsal/shop").git
    assert pull.pull.base == "main"
    assert git.run("diff", "--name-only", f"main...claude/issue-{news}").split() == ["NEWS.md"]
    assert "Write the news" in pull.title


def test_the_issue_is_closed_meanwhile(stage: Any, news: int, until: Any) -> None:
    """What was paid for is delivered as a draft that says why; a person decides."""
    running = _slowly(stage, news, until)
    stage.rest("PATCH", f"issues/{news}", {"state": "closed"}, stage.rehearsal.token)
    done = running.wait()
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr
    (pull,) = stage.rehearsal.forge.pulls("rehearsal/shop")
    assert pull.pull.draft is True
    assert f"Issue #{news} was closed while it was being worked on" in pull.body


def test_the_issue_is_deleted_meanwhile(stage: Any, news: int, until: Any) -> None:
    """Its text was withdrawn: nothing is pushed, and the result says so."""
    running = _slowly(stage, news, until)
    forge = stage.rehearsal.forge
    with forge.store.lock:
        del forge.store.issues(forge.repository("rehearsal/shop"))[news]
    done = running.wait()
    told = done.object()
    assert (done.code, told["outcome"]) == (3, "blocked"), done.stderr
    assert told["reason"] == f"Issue #{news} is gone, so nothing is published about it"
    assert (stage.traces().branches, stage.traces().pulls) == ((), ())


def test_the_issue_is_deleted_before_the_first_answer(stage: Any, news: int) -> None:
    """The work stops with the answer that was under way: blocked, not failed, and there is nothing to resume."""
    stage.rehearsal.model.fail(Fault(path="/messages", delay_s=4.0))
    running = stage.start("claude-cluster", "workflow", "--issue", news, "--repo", "rehearsal/shop", "--json")
    running.says("generate")
    forge = stage.rehearsal.forge
    with forge.store.lock:
        del forge.store.issues(forge.repository("rehearsal/shop"))[news]
    done = running.wait()
    told = done.object()
    assert (done.code, told["outcome"]) == (3, "blocked"), done.stderr
    assert told["reason"] == f"Issue #{news} is gone, so nothing is published about it"
    assert (stage.paid(), told["spend"]["calls"]) == (1, 1)
    assert (stage.traces().branches, stage.traces().pulls) == ((), ())
    assert list((stage.home / "workspaces").iterdir()) == []


def _two_gigabytes(stage: Any, name: str) -> None:
    """A hundred services of 20 files of a megabyte each, almost all zeros, and a line of code."""
    forge = stage.rehearsal.forge
    forge.create_repository(name, default_branch="main")
    forge.set_permission(name, stage.rehearsal.login, "write")
    command = ["git", "-C", str(forge.repository(name).git.path), "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importing:
        assert importing.stdin
        for mark in range(1, 101):
            importing.stdin.write(b"blob\nmark :%d\ndata 1000000\n%010d%s\n" % (mark, mark, b"\x00" * 999_990))
        importing.stdin.write(b"commit refs/heads/main\ncommitter T <t@example.com> 1 +0000\ndata 0\n")
        for mark in range(1, 101):
            importing.stdin.write(b"M 644 inline services/s%d/main.py\ndata 6\nx = 1\n\n" % mark)
            for number in range(20):
                importing.stdin.write(b"M 644 :%d services/s%d/assets/a%d.bin\n" % (mark, mark, number))
    assert importing.returncode == 0


def test_a_monorepo_of_2_gb(stage: Any, until: Any) -> None:
    """A tenth of it is on disk while it is worked on, and the pull request is the change alone."""
    _two_gigabytes(stage, "rehearsal/large")
    stage.writes("Write the news of s77", path="services/s77/NEWS.md")
    stage.issue("Write the news of s77", "In services/s77/main.py nothing is new.", repo="rehearsal/large")
    stage.rehearsal.model.fail(Fault(path="/messages", delay_s=8.0, after=1))
    running = stage.start("claude-cluster", "workflow", "--issue", 1, "--repo", "rehearsal/large", "--json")
    until(lambda: stage.paid() >= 1, 120)
    (files,) = (stage.home / "workspaces").glob("*/files")
    names = {str(path.relative_to(files)) for path in files.glob("services/s77/**/*") if path.is_file()}
    assert {"services/s77/main.py", "services/s77/assets/a19.bin"} <= names
    assert sum(path.lstat().st_size for path in files.rglob("*")) < 230_000_000
    done = running.wait()
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr
    git = stage.rehearsal.forge.repository("rehearsal/large").git
    assert git.run("diff", "--name-only", "main...claude/issue-1").split() == ["services/s77/NEWS.md"]


def test_two_issues_of_one_repository_at_once(stage: Any, news: int) -> None:
    """Both end with a pull request of their own, over one clone and one environment."""
    command = ("workflow", "--repo", "rehearsal/shop", "--json", "--issue")
    running = [stage.start("claude-cluster", *command, issue) for issue in (1, news)]
    told = [done.object() for done in [one.wait() for one in running]]
    assert [one["outcome"] for one in told] == ["opened", "opened"]
    assert stage.traces().branches == ("claude/issue-1", f"claude/issue-{news}")
    assert len(stage.traces().pulls) == 2
    assert len(list((stage.home / "clones").rglob("*.git"))) == 1
    assert len(list((stage.home / "environments").glob("*.ready"))) <= 1
    assert list((stage.home / "workspaces").iterdir()) == []


def test_a_forge_that_takes_its_time_for_the_comment(stage: Any, news: int) -> None:
    """The work goes on meanwhile; there is one comment, and it names the pull request in the end."""
    stage.rehearsal.forge.fail(Fault(method="POST", path=rf"/issues/{news}/comments$", delay_s=8.0))
    done = stage.workflow(news)
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr
    (commented,) = stage.rehearsal.forge.journal.entries("POST", rf"/issues/{news}/comments$")
    answers = stage.rehearsal.model.journal.entries("POST", "/messages$")
    assert sum(one.at < commented.at for one in answers) > 1, "the model was not asked while the forge took its time"
    (comment,) = stage.traces().comments
    assert done.object()["pull_request"]["url"] in comment
