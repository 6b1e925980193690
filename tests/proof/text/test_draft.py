"""Ready or draft, and why."""

from collections.abc import Callable

import pytest

from domain.ending import Ending
from domain.frozen import Frozen
from domain.issue import Issue, Language
from domain.outcome import Outcome
from domain.receipt import Receipt, Tally
from domain.repository import PullRequestRules, RepositoryRules
from domain.review import Review
from proof.draft import draft_reasons, is_bug, is_draft
from proof.guard import GuardFinding, GuardVerdict

NOTHING = GuardVerdict()
RULES = RepositoryRules()
RED = Receipt(command="t", base=Tally(), head=Tally(failed=2), proven=True)


class Case(Frozen):
    """What is known, and what speaks against it."""

    name: str
    known: dict[str, object]
    reasons: tuple[str, ...]


CASES = (
    Case(name="proven and approved", known={}, reasons=()),
    Case(
        name="no tests",
        known={"receipt": None},
        reasons=("no tests were run: there is no proof that the change works",),
    ),
    Case(name="red", known={"receipt": RED}, reasons=("the tests are not green: 2 failed",)),
    Case(
        name="one broken",
        known={"receipt": RED.model_copy(update={"broken": ("t::a",)})},
        reasons=("a test that passed before fails now: `t::a`",),
    ),
    Case(
        name="some broken",
        known={"receipt": RED.model_copy(update={"broken": ("t::a", "t::b")})},
        reasons=("2 tests that passed before fail now",),
    ),
    Case(
        name="tampered",
        known={
            "receipt": RED.model_copy(
                update={"tampered": ("t.py:3: the test test_a was deleted",), "asked": ("y",), "green": True}
            )
        },
        reasons=("tests were weakened (1):\n  - `t.py:3`: the test `test_a` was deleted",),
    ),
    Case(
        name="a bug without proof",
        known={"receipt": RED.model_copy(update={"proven": False, "green": True})},
        reasons=("the issue is a bug, and no test that failed before passes now",),
    ),
    Case(
        name="code without a test",
        known={"receipt": RED.model_copy(update={"proven": False, "green": True, "untested": True})},
        reasons=("code changes, and no test was added or changed: nothing shows that it does what it should",),
    ),
    Case(name="no review", known={"review": None}, reasons=("no second specialist reviewed the change",)),
    Case(
        name="changes asked for",
        known={"review": Review(agent="security", verdict="request_changes")},
        reasons=("`security` asks for changes (0 open)",),
    ),
    Case(
        name="salvaged",
        known={"outcome": Outcome.OVER_BUDGET},
        reasons=("a limit was reached before the work was handed in; this is what was done until then",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_doubt_is_named(case: Case, make_ending: Callable[[Language], Ending]) -> None:
    """Every doubt gives its reason, and no doubt gives none."""
    assert draft_reasons(make_ending("en").knowing(**case.known), RULES, NOTHING) == case.reasons


def test_dependencies_that_did_not_install_are_named(make_ending: Callable[[Language], Ending]) -> None:
    """Whoever reads the receipt must know that tests may fail for that alone."""
    ending = make_ending("en").knowing(environment_note="pip: no matching distribution")
    reasons = draft_reasons(ending, RepositoryRules(), GuardVerdict())
    assert any("`pip: no matching distribution`" in reason for reason in reasons)


def test_guard_findings_are_reasons(make_ending: Callable[[Language], Ending]) -> None:
    """What the policy found is asked about in its own words."""
    guard = GuardVerdict(findings=(GuardFinding(kind="manifest", path="a", text="`a` says what is installed"),))
    assert draft_reasons(make_ending("en"), RULES, guard) == ("`a` says what is installed",)


def test_the_repository_decides(make_ending: Callable[[Language], Ending]) -> None:
    """`always` makes a draft of everything, `never` of nothing, and `auto` follows the reasons."""
    always = RepositoryRules(pull_request=PullRequestRules(draft="always"))
    never = RepositoryRules(pull_request=PullRequestRules(draft="never"))
    assert draft_reasons(make_ending("ja"), always, NOTHING) == (
        "このリポジトリの設定により、常にドラフトで作成します",
    )
    assert [is_draft(reasons, rules) for rules in (RULES, always, never) for reasons in ((), ("x",))] == [
        *(False, True),
        *(True, True),
        *(False, False),
    ]


def test_a_feature_with_a_test_needs_no_red_one(make_ending: Callable[[Language], Ending]) -> None:
    """Only a bug report asks for a test that failed before; any other change to code asks for some test."""
    ending = make_ending("en")
    feature = ending.case.issue.model_copy(update={"title": "Add a search box", "labels": ("enhancement",)})
    assert ending.receipt is not None
    ending = ending.knowing(
        case=ending.case.model_copy(update={"issue": feature}),
        receipt=ending.receipt.model_copy(update={"proven": False}),
    )
    assert draft_reasons(ending, RULES, NOTHING) == ()


@pytest.mark.parametrize(
    ("title", "labels", "bug"),
    [
        ("Crash when the cart is empty", (), True),
        ("Add a search box", ("Bug",), True),
        ("ログインできない", (), True),
        ("検索窓を追加", (), False),
        ("Add debugging output", ("enhancement",), False),
        ("Field names with a hyphen are not recognised", (), True),
        ("KeyError when nothing is stored", (), True),
        ("unflatten doesn't keep the order", (), True),
    ],
)
def test_bugs_are_known_by_label_and_title(title: str, labels: tuple[str, ...], *, bug: bool) -> None:
    """Whole words count, in English and Japanese."""
    assert is_bug(Issue(repo="a/b", number=1, title=title, body="", labels=labels)) is bug
