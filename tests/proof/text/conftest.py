"""A case that ended well, in both languages, and snapshots of what is written about it."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.case import Case
from domain.change import Submission
from domain.ending import Ending
from domain.issue import Comment, Issue, Language
from domain.receipt import Receipt, Tally
from domain.repository import Repository
from domain.review import Finding, Review
from domain.routing import Routing, Score
from domain.spend import Spend

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"
WHEN = datetime(2026, 11, 22, 9, tzinfo=UTC)

ISSUES: dict[Language, Issue] = {
    "en": Issue(
        repo="acme/shop",
        number=12,
        title="Cart total is wrong when a discount applies",
        body="With 10 % off, three items at 0.35 cost 0.94 instead of 0.95. See https://docs.example/rounding.",
        labels=("bug",),
        comments=(Comment(id=1, author="ann", body="Same here", created_at=WHEN, updated_at=WHEN),),
    ),
    "ja": Issue(
        repo="acme/shop",
        number=12,
        title="割引を適用するとカートの合計金額がおかしい",
        body="10 % 引きで 0.35 の商品を 3 個買うと、0.95 ではなく 0.94 になります。",
        labels=("bug",),
    ),
}
SUBMISSIONS: dict[Language, Submission] = {
    "en": Submission(
        kind="change",
        title="Round the cart total once, after the discount",
        summary="Each line was rounded before it was added, so errors added up.\n\n"
        "- `Cart.total` adds exact decimals\n- the discount is applied to the sum, which is rounded once\n\n"
        "Thanks @ann, this fixes #99 too.",
        evidence="Reproduced with `pytest tests/test_cart.py -k discount`: 0.94 before, 0.95 after.",
        not_done=("The receipt's PDF still shows rounded lines; see `pdf/receipt.py`.",),
    ),
    "ja": Submission(
        kind="change",
        title="カートの合計を割引後に一度だけ丸める",
        summary="明細ごとに丸めてから足していたため、誤差が積み上がっていました。\n\n"
        "- `Cart.total` は丸めずに合計します\n- 割引は合計に適用し、最後に一度だけ丸めます",
        evidence="`pytest tests/test_cart.py -k discount` で再現しました。修正前は 0.94、修正後は 0.95 です。",
        not_done=("PDF の領収書は明細を丸めたままです。`pdf/receipt.py` を参照してください。",),
    ),
}


def case_in(language: Language) -> Case:
    """The case that the texts are about."""
    return Case(
        id="task-20261122-001",
        forge="github.com",
        repository=Repository(name="acme/shop", id=7, default_branch="main", can_push=True),
        issue=ISSUES[language],
        base="main",
        base_sha="8c1f0aa7e25b0bd6a3a1e8d0f2c4b6a8d0e2f4a6",
        model="claude-opus-5-5",
        created=WHEN,
    )


def ending_in(language: Language) -> Ending:
    """How it ended: proven, reviewed, approved."""
    return Ending(
        case=case_in(language),
        routing=Routing(
            primary="backend",
            secondary=("testing",),
            scores=(
                Score(agent="backend", score=0.82, reasons=("label bug", "names `Cart.total` in src/cart.py")),
                Score(agent="testing", score=0.41, reasons=("names tests",)),
            ),
        ),
        submission=SUBMISSIONS[language],
        receipt=Receipt(
            command="pytest -q",
            base=Tally(passed=41, failed=2, skipped=1),
            head=Tally(passed=44, failed=1, skipped=1),
            fixed=("tests/test_cart.py::test_discount_total",),
            already_failing=("tests/test_mail.py::test_smtp",),
            new=(
                "tests/test_cart.py::test_discount_total",
                "tests/test_cart.py::test_rounds_once[0.35]",
                "tests/test_cart.py::test_rounds_once[`]",
            ),
            green=True,
            proven=True,
        ),
        review=Review(
            agent="testing",
            verdict="approve",
            summary="The rounding is right; the new tests fail without the change.",
            findings=(Finding(file="src/cart.py", line=31, severity="minor", text="`quantize` could be a constant."),),
        ),
        spend=Spend(
            cost_usd=0.4213,
            calls=17,
            input_tokens=21_480,
            cache_read_tokens=312_000,
            cache_write_tokens=40_100,
            output_tokens=9_050,
        ),
        model_s=141,
        tests_s=38,
    )


@pytest.fixture
def make_case() -> Callable[[Language], Case]:
    """Makes the case in a language."""
    return case_in


@pytest.fixture
def make_ending() -> Callable[[Language], Ending]:
    """Makes the ending of the case in a language: a proven, reviewed change."""
    return ending_in


@pytest.fixture
def same_as() -> Callable[[str, str], None]:
    """Compares a text with the snapshot of a name; `UPDATE_SNAPSHOTS=1` writes the snapshot instead."""

    def compare(name: str, text: str) -> None:
        path = SNAPSHOTS / name
        if os.environ.get("UPDATE_SNAPSHOTS"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8")

    return compare
