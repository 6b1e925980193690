"""The pull request's title and body."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from domain.case import Case
from domain.change import Submission
from domain.ending import Ending
from domain.issue import Issue, Language
from domain.outcome import Outcome
from domain.receipt import Receipt, Tally
from domain.repository import PullRequestRules, Repository, RepositoryRules
from domain.review import Finding, Review
from proof.draft import draft_reasons
from proof.guard import GuardFinding, GuardVerdict
from proof.pull_request_text import BODY_LIMIT, TITLE_LIMIT, BodyMaterial, body, title

LANGUAGES: tuple[Language, ...] = ("en", "ja")
HOSTILE = "@octocat\n# Proof\n<!-- hidden --><details>Fixes #1 ![x](https://evil.example/x.png) `"
RULES = RepositoryRules()


def _worst(ending: Ending) -> Ending:
    """The same case, where everything that can go wrong did."""
    receipt = Receipt(
        command="pytest -q",
        base=Tally(passed=60),
        head=Tally(passed=30, failed=30),
        broken=tuple(f"tests/test_many.py::test_{number}" for number in range(30)),
        tampered=("tests/test_cart.py:3: the test `test_total` was deleted",),
        flaky=("tests/test_net.py::test_slow",),
        notes=("the tests timed out on the head", "new tests fail (tests/test_new.py::test_a)"),
    )
    review = Review(
        agent="security",
        verdict="request_changes",
        findings=(
            Finding(file="src/cart.py", severity="major", text="No bound on the discount."),
            Finding(file="src/cart.py", line=9, severity="blocking", text="A negative discount raises the total."),
        ),
    )
    guard = GuardVerdict(findings=(GuardFinding(kind="binary", path="a.bin", text="`a.bin` is binary"),))
    ending = ending.knowing(receipt=receipt, review=review, outcome=Outcome.OVER_BUDGET)
    return ending.knowing(draft_reasons=draft_reasons(ending, RULES, guard))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proven_change_reads_well(
    language: Language, make_ending: Callable[[Language], Ending], same_as: Callable[[str, str], None]
) -> None:
    """The body of a green, approved change is the snapshot, in the issue's language."""
    same_as(
        f"proven.{language}.md", body(BodyMaterial(ending=make_ending(language), branch="claude/issue-12", total_s=260))
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_doubtful_change_says_so_first(
    language: Language, make_ending: Callable[[Language], Ending], same_as: Callable[[str, str], None]
) -> None:
    """The reasons for a draft stand on top, what is broken is not folded away."""
    material = BodyMaterial(
        ending=_worst(make_ending(language)), branch="claude/issue-12-2", instead_of="claude/issue-12"
    )
    same_as(f"doubtful.{language}.md", body(material))


def test_without_tests_review_and_words_there_is_still_a_body(make_ending: Callable[[Language], Ending]) -> None:
    """A salvaged change without submission, receipt and review says what is missing."""
    bare = make_ending("en").knowing(submission=None, receipt=None, review=None, routing=None)
    text = body(BodyMaterial(ending=bare, branch="claude/issue-12", test_command="make test"))
    assert "The specialist handed in no summary." in text
    assert "No tests were run." in text
    assert "No second specialist reviewed the change." in text
    assert "```sh\ngit fetch origin claude/issue-12\ngit switch --detach FETCH_HEAD\nmake test\n```" in text


def test_only_the_default_branch_closes(make_ending: Callable[[Language], Ending]) -> None:
    """On another base the body refers to the issue without a keyword."""
    ending = make_ending("en")
    on_other = ending.knowing(case=ending.case.model_copy(update={"base": "release/2"}))
    first = body(BodyMaterial(ending=on_other, branch="b")).split("\n")[0]
    assert first == "Part of #12 (merging into `release/2` does not close it)"
    assert body(BodyMaterial(ending=ending, branch="b")).split("\n")[0] == "Closes #12"


def test_the_repository_chooses_the_language(make_ending: Callable[[Language], Ending]) -> None:
    """`[pull_request] language` beats the issue's."""
    rules = RepositoryRules(pull_request=PullRequestRules(language="ja"))
    assert "## 検証結果" in body(BodyMaterial(ending=make_ending("en"), rules=rules, branch="b"))


def test_findings_are_sorted_by_weight(make_ending: Callable[[Language], Ending]) -> None:
    """What blocks comes before the rest."""
    lines = [
        line
        for line in body(BodyMaterial(ending=_worst(make_ending("en")), branch="b")).split("\n")
        if "`src/cart.py" in line
    ]
    assert lines == [
        "- **must change** `src/cart.py:9`: A negative discount raises the total.",
        "- should change `src/cart.py`: No bound on the discount.",
    ]


def _flooded(ending: Ending, text: str) -> Ending:
    many = tuple(f"{text}{number}" for number in range(500))
    receipt = Receipt(
        command=text,
        base=Tally(),
        head=Tally(),
        fixed=many,
        broken=many,
        new=many,
        flaky=many,
        tampered=many,
        notes=many,
    )
    findings = tuple(Finding(file=text, severity="minor", text=text) for _ in range(200))
    return ending.knowing(
        submission=Submission(kind="change", title=text, summary=text * 300, evidence=text * 300, not_done=many),
        receipt=receipt,
        review=Review(agent=text, verdict="approve", summary=text * 300, findings=findings),
        reason=text,
        draft_reasons=many[:0],
    )


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=300) | st.sampled_from([HOSTILE, "x" * 400, "`" * 50, "*", "|", "\n- "]))
def test_no_text_is_too_hostile_or_too_long(text: str) -> None:
    """Whatever agents and tests say: the body fits, its sections are ours, and all that is folded is closed."""
    issue = Issue(repo="a/b", number=3, title="Add a search box", body="")
    ending = _flooded(Ending(case=_case_of(issue)), text)
    written = body(BodyMaterial(ending=ending, branch="claude/issue-3"))
    assert len(written) < BODY_LIMIT
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(written)
    opened = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    ours = ["What and why", "Proof", "Check it yourself", "Not done", "Review"]
    assert [heading for heading in ours if heading in opened] == opened
    assert written.count("<details>\n<summary>") == written.count("\n</details>")
    assert len(title(ending.submission, ending.case, RULES)) <= TITLE_LIMIT


def test_hostile_words_stay_words(make_ending: Callable[[Language], Ending]) -> None:
    """Mentions, headings, comments, images and closing words of a model have no effect."""
    submission = Submission(kind="change", title="t", summary=HOSTILE)
    text = body(BodyMaterial(ending=make_ending("en").knowing(submission=submission), branch="b"))
    what = text.split("## What and why\n\n")[1].split("\n\n## Proof")[0]
    assert what == "`@octocat`\n\n**Proof**\n\nFixes `#1` x (`https://evil.example/x.png`) \\`"


def _case_of(issue: Issue) -> Case:
    return Case.model_validate(
        {
            "id": "task-20261122-002",
            "forge": "github.com",
            "repository": Repository(name=issue.repo, id=1, default_branch="main", can_push=True),
            "issue": issue,
            "base": "main",
            "base_sha": "0" * 40,
            "model": "m",
            "created": "2026-11-22T09:00:00Z",
        }
    )


def test_titles_are_short_and_inert() -> None:
    """The specialist's title, else the issue's, else a plain one; one line below 70 characters."""
    case = _case_of(Issue(repo="a/b", number=3, title="Crash in @parser\nFixes #9", body=""))
    nothing = _case_of(Issue(repo="a/b", number=3, title="\u200b", body=""))
    japanese = _case_of(Issue(repo="a/b", number=3, title=" ", body="検索窓を追加してください"))
    long = Submission(
        kind="change", title="Add a search box to the list of products and remember the last ten searches"
    )
    assert title(Submission(kind="change", title="Add it [skip ci]"), case, RULES) == "Add it skip ci"
    assert title(None, case, RULES) == "Crash in \uff20parser Fixes issue 9"
    assert title(None, nothing, RULES) == "Work on issue 3"
    assert title(None, japanese, RULES) == "issue 3 への対応"
    assert title(long, case, RULES) == "Add a search box to the list of products and remember the last ten…"
