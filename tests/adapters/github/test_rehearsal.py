"""The adapters against the rehearsal's forge: REST and GraphQL over HTTP, with answers that get lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.github.client import GitHubClient
from adapters.github.issues import GitHubIssues
from adapters.github.pace import Pace
from adapters.github.permissions import actor_permission
from adapters.github.pull_requests import GitHubPullRequests
from demo.forge.forge import Forge
from demo.wire.faults import Fault
from domain.errors import AuthenticationFailed, NotFound, Rejected, Transient, UsageError
from domain.pull_request import PullRequestText
from domain.review import Finding
from domain.settings import Settings

REPO = "shop/cafe"
BRANCH = "claude/issue-1"
MARK = "<!-- claude-cluster: task-20261102-001 -->"
TEXT = PullRequestText(title="合計を直す", body="Closes #1", draft=True, branch=BRANCH, base="main", labels=("claude",))


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Forge]:
    """A forge with a repository, an issue in Japanese, and our branch with one commit."""
    forge = Forge(tmp_path / "forge")
    forge.start()
    forge.create_repository(REPO)
    forge.commit(REPO, "main", {"a.py": "one\ntwo\n"}, "First")
    forge.commit(REPO, BRANCH, {"a.py": "one\nthree\n"}, "Fix")
    forge.create_issue(REPO, "合計が違う", "税が二重です。\r\n", labels={"bug": "shop"})
    forge.comment(REPO, 1, "ann", "私もです")
    forge.add_token("rehearsal-token", "bot")
    forge.set_permission(REPO, "bot", "write")
    yield forge
    forge.stop()


async def _no_sleep(seconds: float) -> None:
    """Do not wait."""


def _client(stand_in: Forge, token: str = "rehearsal-token") -> GitHubClient:
    settings = Settings(github_token=SecretStr(token), github_api_url=stand_in.api_url)
    return GitHubClient(settings, pace=Pace(sleep=_no_sleep))


async def test_what_an_issue_is(stand_in: Forge) -> None:
    """Repository, branch, issue and login are read as they are."""
    issues = GitHubIssues(_client(stand_in))
    assert (await issues.repository(REPO)).can_push is True
    assert await issues.head_sha(REPO, BRANCH) == stand_in.branch_sha(REPO, BRANCH)
    assert await issues.head_sha(REPO, "none") is None
    found = await issues.issue(REPO, 1)
    assert (found.title, found.body, found.labels, found.language) == ("合計が違う", "税が二重です。\n", ("bug",), "ja")
    assert [(comment.author, comment.body) for comment in found.comments] == [("ann", "私もです")]
    assert await issues.login() == "bot"


async def test_an_empty_repository_has_no_head(stand_in: Forge) -> None:
    """There is nothing to begin from, and no error."""
    stand_in.create_repository("shop/empty")
    stand_in.set_permission("shop/empty", "bot", "write")
    assert await GitHubIssues(_client(stand_in)).head_sha("shop/empty", "main") is None


async def test_what_is_missing(stand_in: Forge) -> None:
    """Issue, repository and token are told apart."""
    issues = GitHubIssues(_client(stand_in))
    with pytest.raises(NotFound, match=f"issue #99 not found in {REPO}"):
        await issues.issue(REPO, 99)
    with pytest.raises(NotFound, match="repository shop/none not found"):
        await issues.issue("shop/none", 1)
    with pytest.raises(AuthenticationFailed, match=r"^GitHub authentication failed: Bad credentials"):
        await GitHubIssues(_client(stand_in, "wrong")).repository(REPO)


async def test_one_comment_whatever_gets_lost(stand_in: Forge) -> None:
    """The answer to a creation is lost; the next call finds the comment, and later ones edit it."""
    issues = GitHubIssues(_client(stand_in))
    stand_in.fail(Fault(method="POST", path="/comments", drop="after"))
    with pytest.raises(Transient):
        await issues.comment(REPO, 1, f"{MARK}\nqueued", None)
    known = await issues.comment(REPO, 1, f"{MARK}\nrunning", None)
    assert await issues.comment(REPO, 1, f"{MARK}\ndone", known) == known
    assert [c.body for c in (await issues.issue(REPO, 1)).comments] == ["私もです", f"{MARK}\ndone"]


async def test_one_pull_request_whatever_gets_lost(stand_in: Forge) -> None:
    """Opened as a draft, its answer lost, opened again: one, which says what it solves, and becomes ready."""
    pulls = GitHubPullRequests(_client(stand_in))
    assert await pulls.on_branch(REPO, BRANCH) == ()
    stand_in.fail(Fault(method="POST", path="/pulls$", drop="after"))
    with pytest.raises(Transient):
        await pulls.open(REPO, TEXT)
    opened = await pulls.open(REPO, TEXT)
    assert (opened.draft, opened.author, opened.title) == (True, "bot", "合計を直す")
    assert len(stand_in.pulls(REPO)) == 1
    ready = await pulls.update(REPO, opened.number, TEXT.model_copy(update={"draft": False}))
    assert ready.draft is False
    assert await pulls.on_branch(REPO, BRANCH) == (ready,)
    assert await pulls.solving(REPO, 1) == (ready,)
    with pytest.raises(UsageError, match="is a pull request"):
        await GitHubIssues(_client(stand_in)).issue(REPO, opened.number)


async def test_nothing_to_merge_is_said(stand_in: Forge) -> None:
    """A branch without commits opens nothing."""
    with pytest.raises(Rejected, match=r"(?i)no commits between"):
        await GitHubPullRequests(_client(stand_in)).open(REPO, TEXT.model_copy(update={"branch": "main"}))


async def test_remarks_stay_even_where_lines_are_refused(stand_in: Forge) -> None:
    """A line outside the diff becomes text, once a commit."""
    pulls = GitHubPullRequests(_client(stand_in))
    opened = await pulls.open(REPO, TEXT)
    findings = (
        Finding(file="a.py", line=2, severity="minor", text="good"),
        Finding(file="a.py", line=99, severity="blocking", text="nowhere"),
    )
    await pulls.remark(REPO, opened.number, opened.head_sha, findings)
    await pulls.remark(REPO, opened.number, opened.head_sha, findings)
    reviews = stand_in.issue(REPO, opened.number).pull.reviews
    assert len(reviews) == 1
    assert "a.py:99" in reviews[0].body


async def test_a_renamed_repository_is_followed(stand_in: Forge) -> None:
    """The old name leads to the new one, under which our pull request is found again."""
    pulls = GitHubPullRequests(_client(stand_in))
    opened = await pulls.open(REPO, TEXT)
    stand_in.rename(REPO, "market/cafe")
    name = (await GitHubIssues(_client(stand_in)).repository(REPO)).name
    assert name == "market/cafe"
    assert (await pulls.open(name, TEXT)).number == opened.number


async def test_permissions(stand_in: Forge) -> None:
    """The actor's right is the forge's word."""
    stand_in.set_permission(REPO, "dev", "maintain")
    client = _client(stand_in)
    found = [await actor_permission(client, REPO, login) for login in ("bot", "dev", "shop", "nobody")]
    assert found[:3] == ["write", "write", "admin"]
    assert found[3] in {"read", "none"}
