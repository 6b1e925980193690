"""Routing: the right specialist first, with reasons, on real and made-up issues in two languages."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.scoring import score
from agents.specialist import load_specialists
from domain.frozen import Frozen
from domain.issue import Comment, Issue
from domain.routing import Routing, Score

DATA = Path(__file__).parent / "data"
EVERYONE = load_specialists()
SAMPLE = 5


def issue(title: str, body: str = "", labels: tuple[str, ...] = ()) -> Issue:
    """An issue with what matters here."""
    return Issue(repo="o/r", number=1, title=title, body=body, labels=labels)


def route(title: str, body: str = "", *labels: str) -> Routing:
    """The routing of such an issue among all seven."""
    return score(issue(title, body, labels), EVERYONE)


def rows(name: str) -> list[dict[str, Any]]:
    """The labelled issues of one data file."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("name", "floor"), [("routing_calibration.jsonl", 0.85), ("routing_more.jsonl", 0.85)], ids=["real", "made up"]
)
def test_the_first_choice_is_right_for_most_labelled_issues(name: str, floor: float) -> None:
    """At least 85 in 100 of a sample (benchmarks/routing_eval.py takes all); what went wrong is named."""
    labelled = rows(name)[::SAMPLE]
    wrong = [
        (row["id"], row["primary"], found)
        for row in labelled
        if (found := route(row["title"], row["body"], *row["labels"]).primary) != row["primary"]
    ]
    assert len(labelled) - len(wrong) >= floor * len(labelled), wrong


class Case(Frozen):
    """A title and whom it calls for."""

    title: str
    primary: str
    body: str = ""


PRECEDENCE = (
    Case(title="Docs: how to deploy with Docker Compose", primary="docs"),
    Case(title="Set up Storybook visual regression tests", primary="testing"),
    Case(title="Stored XSS in the admin console", primary="security"),
    Case(title="CORS error when the React app calls the API", primary="backend"),
    Case(title="e2e tests are flaky", primary="testing"),
    Case(title="README修正", primary="docs"),
    Case(title="Write a migration guide", primary="docs"),
    Case(title="SQL injection in the search endpoint", primary="security"),
    Case(title="Dockerfile: run the tests as non-root", primary="devops"),
    Case(title="画面の表示が崩れる", primary="frontend"),
    Case(title="テストコードを追加する", primary="testing"),
    Case(title="ビルドが失敗する", primary="devops"),
    Case(title="テーブルにカラムを追加", primary="database"),
    Case(title="他のユーザーの注文が閲覧できる", primary="security"),
    Case(title="APIが500エラーを返す", primary="backend"),
    Case(title="Problem", primary="database", body="The migration fails with a foreign key constraint error."),
    Case(title="Broken", primary="testing", body="Look at `tests/test_cart.py`, the assertion is wrong."),
)


@pytest.mark.parametrize("case", PRECEDENCE, ids=lambda case: case.title)
def test_what_is_to_be_delivered_outweighs_what_it_touches(case: Case) -> None:
    """Tests for the screen are tests, a page about Docker is a page, a hole in the console is a hole."""
    assert route(case.title, case.body).primary == case.primary


def test_an_issue_without_a_sign_goes_to_the_first_and_says_so() -> None:
    """The default is a choice like any other, with its reason."""
    default = Score(agent="backend", score=0.0, reasons=("no signal: default",))
    others = tuple(Score(agent=one.name, score=0.0, reasons=()) for one in EVERYONE[1:])
    assert route("Hm", "") == Routing(primary="backend", secondary=(), scores=(default, *others))
    assert score(issue("Hm"), EVERYONE[2:]).primary == "testing"


def test_reasons_name_the_place_and_the_words() -> None:
    """A person can check each: label, title, prefix, body with its count, path, code block."""
    found = route(
        "docs: fix a typo in the tutorial",
        "The endpoint is described wrongly, the endpoint moved. See docs/index.md.\n```sql\nselect 1\n```",
        "kind/documentation",
    )
    reasons = {one.agent: one.reasons for one in found.scores}
    assert found.primary == "docs"
    assert {'title prefix "docs"', 'title: "typo in"', 'label "kind/documentation"'} <= set(reasons["docs"])
    assert "path: docs/index.md" in reasons["docs"]
    assert 'body: "endpoint" x2' in reasons["backend"]
    assert "code block: sql" in reasons["database"]
    assert all(len(each) <= 7 for each in reasons.values())


@pytest.mark.parametrize(
    ("label", "primary"),
    [
        ("area: frontend", "frontend"),
        ("kind/documentation", "docs"),
        ("Category: Database", "database"),
        ("CI/CD", "devops"),
        ("type:security", "security"),
        ("qa:verified", "testing"),
        ("ドキュメント", "docs"),
    ],
)
def test_labels_are_read_in_parts(label: str, primary: str) -> None:
    """However a repository spells its labels."""
    assert route("Something is off", "", label).primary == primary


@pytest.mark.parametrize("label", ["bug", "enhancement", "good first issue", "help wanted", "priority: high"])
def test_generic_labels_say_nothing(label: str) -> None:
    """They fit every specialty."""
    assert route("Hm", "", label) == route("Hm", "")


def test_what_issue_templates_add_says_nothing() -> None:
    """Comments, ticked boxes and the reporter's environment are no sign of the subject."""
    template = (
        "<!-- Read the documentation and the security policy first -->\n- [x] I searched the docs and tests\n"
        "### Environment\n- Docker version: 24\n- Browser: Chrome 120\n- Database: Postgres 16\n"
    )
    assert route("Discount is applied twice", template).primary == "backend"


def test_a_long_body_does_not_drown_the_title() -> None:
    """What the body can be worth is bounded."""
    log = "connection to postgres failed in docker container, button hidden\n" * 800
    assert route("Stored XSS in comment titles", log).primary == "security"


def test_scores_are_shares_best_first() -> None:
    """Every specialist is listed; at most two others are secondaries."""
    found = route("Playwright tests for the login screen run in GitHub Actions", "", "frontend")
    values = [one.score for one in found.scores]
    assert sorted(one.agent for one in found.scores) == sorted(one.name for one in EVERYONE)
    assert values == sorted(values, reverse=True)
    assert all(0 <= value <= 1 and value == round(value, 3) for value in values)
    assert sum(values) <= 1.001
    assert found.secondary == tuple(one.agent for one in found.scores[1:3])


def test_comments_and_author_change_nothing() -> None:
    """Routing is about the issue as it was asked; anybody can comment later."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    comment = Comment(id=1, author="x", body="security XSS CVE", created_at=then, updated_at=then)
    plain = issue("Add tests for the parser")
    assert score(plain.model_copy(update={"comments": (comment,), "author": "docs"}), EVERYONE) == score(
        plain, EVERYONE
    )


@given(
    title=st.text(st.characters(), max_size=80), body=st.text(st.characters(), max_size=200), label=st.text(max_size=20)
)
@settings(max_examples=10, deadline=None)
def test_any_issue_is_routed_the_same_twice(title: str, body: str, label: str) -> None:
    """Hostile text included, and what comes out can be printed."""
    found = route(title, body, label)
    assert found == route(title, body, label)
    found.model_dump_json().encode("utf-8")


def test_the_longest_body_is_scored_in_seconds() -> None:
    """60,000 characters of the words that match most."""
    started = time.perf_counter()
    route("Slow", "test add see docs for the tests in the page テスト画面が崩れる " * 1_000)
    assert time.perf_counter() - started < 5
