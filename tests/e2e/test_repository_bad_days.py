"""What happens on the forge and on the disk while a run is under way."""

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
