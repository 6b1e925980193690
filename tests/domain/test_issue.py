"""The frozen issue: its language and its digest."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.issue import Comment, Issue, Language

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def issue(title: str, body: str = "", *comments: str) -> Issue:
    """An issue with some comments."""
    made = tuple(
        Comment(id=n, author="ann", body=text, created_at=NOW, updated_at=NOW) for n, text in enumerate(comments, 1)
    )
    return Issue(repo="a/b", number=1, title=title, body=body, comments=made)


@pytest.mark.parametrize(
    ("title", "body", "language"),
    [
        ("Totals are wrong", "They are.", "en"),
        ("合計が間違っている", "", "ja"),
        (
            "合計が違う",
            "```python\ndef total(prices):\n    return sum(prices)\n```\nTraceback:",
            "ja",
        ),
        ("Sort names such as 田中 correctly", "The list is sorted by code point, and that is wrong for names.", "en"),
        ("README typo", "「インストール」の綴りが違います。直してください。よろしくお願いします。", "ja"),
        ("", "", "en"),
    ],
)
def test_the_language_to_answer_in(title: str, body: str, language: Language) -> None:
    """Code in a Japanese issue does not make it English, a name in an English one not Japanese."""
    assert issue(title, body).language == language


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_text_has_a_language_and_a_digest(title: str, body: str, comments: list[str]) -> None:
    """Control characters and lone surrogates too."""
    made = issue(title, body, *comments)
    assert made.language in {"en", "ja"}
    assert len(made.digest) == 64


def test_the_digest_sees_what_was_asked() -> None:
    """Title, body and comments count; labels and state do not."""
    plain = issue("t", "b", "c")
    assert plain.digest != issue("t", "b", "d").digest
    assert plain.digest != issue("tb", "", "c").digest
    assert plain.digest == plain.model_copy(update={"labels": ("bug",), "state": "closed"}).digest
