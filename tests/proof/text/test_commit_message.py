"""The commit's message and its trailers."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import Case
from domain.change import Submission
from domain.frozen import Frozen
from domain.issue import Issue, Language
from domain.repository import Repository
from proof.commit_message import SUBJECT_LIMIT, Trailers, commit_message, parse_trailers

CASE = Case.model_validate(
    {
        "id": "task-20261122-004",
        "attempt": 2,
        "forge": "github.com",
        "repository": Repository(name="a/b", id=1, default_branch="main", can_push=True),
        "issue": Issue(repo="a/b", number=3, title="Crash", body="It crashes"),
        "base": "main",
        "base_sha": "0" * 40,
        "model": "m",
        "created": "2026-11-22T09:00:00Z",
    }
)
OURS = Trailers(issue=3, case="task-20261122-004", attempt=2, issue_digest=CASE.issue.digest)


def test_the_message_is_whole(make_case: Callable[[Language], Case]) -> None:
    """Subject, wrapped body, trailers."""
    submission = Submission(
        kind="change",
        title="Round once",
        summary="- " + "Every line was rounded before it was added " * 2 + "\n\nThanks @ann, fixes #4.",
    )
    case = make_case("en")
    assert commit_message(case, submission) == (
        "Round once\n\n"
        "- Every line was rounded before it was added Every line was rounded\n  before it was added\n\n"
        "Thanks \uff20ann, fixes issue 4.\n\n"
        "Issue: #12\nClaude-Cluster-Case: task-20261122-001\nClaude-Cluster-Attempt: 1\n"
        f"Claude-Cluster-Issue-Digest: {case.issue.digest}\n"
    )


def test_without_a_submission_the_issue_names_it() -> None:
    """A salvaged change has a subject too."""
    assert commit_message(CASE, None).split("\n")[0] == "Crash"


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_trailers_are_read_back_whatever_the_agent_writes(title: str, summary: str) -> None:
    """The subject fits, and the trailers are ours."""
    message = commit_message(CASE, Submission(kind="change", title=title, summary=summary))
    assert parse_trailers(message) == OURS
    assert 0 < len(message.split("\n")[0]) <= SUBJECT_LIMIT


def test_nobody_signs_in_anothers_name() -> None:
    """Trailers in the agent's words are no trailers."""
    summary = "Done.\n\nSigned-off-by: Ann <ann@x.example>\nClaude-Cluster-Case: task-20200101-001\nIssue: #9"
    message = commit_message(CASE, Submission(kind="change", title="t", summary=summary))
    body = message.split("\n\n")[2]
    assert (
        body == "- Signed-off-by: Ann <ann\uff20x.example>\n- Claude-Cluster-Case: task-20200101-001\n- Issue: issue 9"
    )
    assert parse_trailers(message) == OURS


class Foreign(Frozen):
    """A message that is not ours."""

    name: str
    message: str


GOOD = commit_message(CASE, None)
FOREIGN = (
    Foreign(name="empty", message=""),
    Foreign(name="no trailers", message="Fix it\n\nBecause."),
    Foreign(name="only trailers", message=GOOD.split("\n\n", 1)[1]),
    Foreign(name="one is missing", message=GOOD.replace("Claude-Cluster-Attempt: 2\n", "")),
    Foreign(name="one is twice", message=GOOD + "Issue: #4\n"),
    Foreign(name="no such task", message=GOOD.replace("task-20261122-004", "task-1")),
    Foreign(name="not last", message=GOOD + "\nSquashed with other work\n"),
)


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case.name)
def test_other_peoples_commits_are_known(case: Foreign) -> None:
    """What lacks, doubles or misuses our trailers is somebody else's."""
    assert parse_trailers(case.message) is None


def test_trailers_survive_what_git_does() -> None:
    """Line ends and trailers that a person adds below change nothing."""
    assert parse_trailers(GOOD.replace("\n", "\r\n")) == OURS
    assert parse_trailers(GOOD + "Co-authored-by: Ann <ann@x.example>\n") == OURS
