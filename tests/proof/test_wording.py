"""The texts in every language."""

import re
from string import Formatter
from typing import get_args

import pytest

from domain.issue import Issue
from domain.outcome import Outcome
from domain.repository import PullRequestRules, RepositoryRules
from proof.guard import GuardKind
from proof.neutral import Links
from proof.phrases import phrase
from proof.wording import Words, texts, words_for

LINKS = Links(forge="github.com", repo="a/b")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_the_languages_say_the_same() -> None:
    """Both tables have the same keys, and each text the same placeholders."""
    english, japanese = texts("en"), texts("ja")
    assert list(english) == list(japanese)
    assert {key: _placeholders(text) for key, text in english.items()} == {
        key: _placeholders(text) for key, text in japanese.items()
    }


def test_japanese_is_japanese() -> None:
    """Every Japanese text but the closing keyword holds Japanese, and no half-width punctuation after it."""
    english = {key: re.sub(r"\{\w+\}", "", text) for key, text in texts("en").items()}
    texts_in_japanese = {key: text for key, text in texts("ja").items() if re.search(r"[A-Za-z]{4}", english[key])}
    plain = {key for key, text in texts_in_japanese.items() if not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)}
    assert plain == {"body.closes"}
    assert [
        key for key, text in texts_in_japanese.items() if re.search(r"[\u3040-\u30ff\u4e00-\u9fff][,.](\s|$)", text)
    ] == []


def test_every_kind_has_its_words() -> None:
    """Each finding of the guard and each way to end is worded."""
    say = Words("en")
    worded = {"protected_asked", "perhaps_secret", "many_files", "many_lines"}
    assert {key.removeprefix("guard.") for key in texts("en") if key.startswith("guard.")} - worded == {
        *get_args(GuardKind)
    } - {"too_large"}
    assert [outcome for outcome in Outcome if f"status.{outcome.value}" not in say] == []


def test_a_missing_value_is_an_error() -> None:
    """A template is rendered strictly."""
    with pytest.raises(KeyError):
        Words("en")("body.closes")
    with pytest.raises(KeyError):
        Words("en")("body.nothing")


def test_values_are_not_templates() -> None:
    """Braces in a value stay braces."""
    assert Words("en")("status.why", reason="{0.__class__}") == "Why: {0.__class__}"


def test_the_issue_or_the_repository_sets_the_language() -> None:
    """Japanese issues are answered in Japanese unless the repository says otherwise."""
    issue = Issue(repo="a/b", number=1, title="ログインできない", body="")
    assert words_for(RepositoryRules(), issue).language == "ja"
    assert words_for(RepositoryRules(pull_request=PullRequestRules(language="en")), issue).language == "en"


def test_our_sentences_are_translated() -> None:
    """A recorded sentence is shown in Japanese with its details as code; an unknown one as it is, harmless."""
    say = Words("ja")
    assert (
        phrase("new tests fail (t.py::a (x), @b)", LINKS, say)
        == "新しいテストが失敗しています\uff08`t.py::a (x), @b`\uff09"
    )
    by = "pull request #4 by ann is already open for this issue"
    assert phrase(by, LINKS, say) == "この Issue には `ann` のプルリクエスト #4 がすでに開かれています"
    assert phrase("something @else", LINKS, say) == "something `@else`"
    assert phrase("new tests fail (a)", LINKS, Words("en")) == "new tests fail (a)"
