"""Closing keywords, as GitHub reads them."""

import time
from dataclasses import dataclass

import pytest

from adapters.github.closing import closes


@dataclass(frozen=True)
class Case:
    """A text, and whether it closes o/r#9."""

    text: str
    closes: bool


CASES = [
    *(Case(f"{word} #9", closes=True) for word in ("close", "closes", "closed", "fix", "fixes", "fixed")),
    *(Case(f"{word} #9", closes=True) for word in ("resolve", "resolves", "RESOLVED", "Fixes:")),
    Case("日本語の説明。\n\nCloses #9\n", closes=True),
    Case("Closes GH-9", closes=True),
    Case("closes O/R#9", closes=True),
    Case("fixes https://github.com/o/r/issues/9", closes=True),
    Case("fixes http://127.0.0.1:3000/git/o/r/issues/9", closes=True),
    Case("fixes #8, closes #9", closes=True),
    Case("fixes #8, #9", closes=False),
    Case("fixes #99", closes=False),
    Case("fixes #9a", closes=False),
    Case("prefixes #9", closes=False),
    Case("fixes\n\n#9", closes=False),
    Case("fixing #9", closes=False),
    Case("fixes x/r#9", closes=False),
    Case("fixes https://github.com/o/other/issues/9", closes=False),
    Case("fixes https://github.com/o/r/pull/9", closes=False),
    Case("<!-- Fixes #9 -->", closes=False),
    Case("<!-- never closed\nFixes #9", closes=False),
    Case("write `Fixes #9`", closes=False),
    Case("```\nFixes #9\n```", closes=False),
    Case("", closes=False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_closing_keywords(case: Case) -> None:
    """One keyword counts for the one issue right behind it, and not in code or hidden text."""
    assert closes(case.text, "o/r", 9) is case.closes


@pytest.mark.parametrize(
    "hostile", ["<!--" * 16_000, "`" * 65_000, "fixes " * 10_000, "fixes https://x/" + "a/" * 30_000, "```" * 20_000]
)
def test_hostile_text_is_read_in_no_time(hostile: str) -> None:
    """A body made to be slow is not."""
    start = time.monotonic()
    assert closes(hostile, "o/r", 9) is False
    assert time.monotonic() - start < 1
