"""The pull request says who did what."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.area import Area
from domain.ending import Ending
from domain.issue import Language
from domain.share import Handed, Part, Share
from proof.pull_request_text import BodyMaterial, body

LANGUAGES: tuple[Language, ...] = ("en", "ja")
HOSTILE = "@octocat\n# Proof\n<!-- hidden --><details>Fixes #1 ![x](https://evil.example/x.png)"


def _share(state: str = "done", **handed: Any) -> Share:
    said = {"tree": "c" * 40, "summary": "Wrote the page.", "taken": ("docs/a.md", "docs/b.md"), **handed}
    part = Part(specialist="docs", area=Area(globs=("docs/", "README.md")), what="Write.")
    return Share(
        task_id="task-20261122-001",
        attempt=1,
        number=1,
        part=part,
        pool="docs",
        state="done" if state == "done" else "taken_back",
        offered=datetime(2026, 11, 22, 9, tzinfo=UTC),
        handed=Handed.model_validate(said) if state == "done" else None,
    )


def _body(ending: Ending, *shares: Share) -> str:
    return body(BodyMaterial(ending=ending.knowing(shares=shares), branch="claude/issue-12"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_part_has_its_specialist_paths_and_words(
    language: Language, make_ending: Callable[[Language], Ending], same_as: Callable[[str, str], None]
) -> None:
    """In the reader's language, after what was done; what was dropped is said."""
    ending = make_ending(language)
    text = _body(ending, _share(left_out=("cart.py",)))
    same_as(f"parts.{language}.md", text)


def test_where_one_did_it_all_nothing_is_said(make_ending: Callable[[Language], Ending]) -> None:
    """A part that came back to the author is the author's."""
    ending = make_ending("en")
    assert _body(ending, _share("taken_back")) == _body(ending)
    assert "Who did what" not in _body(ending)


def test_words_of_a_part_can_do_no_harm(make_ending: Callable[[Language], Ending]) -> None:
    """Nobody is rung, nothing is closed, no picture is loaded, no heading is made."""
    text = _body(make_ending("en"), _share(summary=HOSTILE))
    assert "![x](" not in text
    assert "@octocat" not in text.replace("`@octocat", "").replace("@\u200boctocat", "")
    assert "\n# Proof" not in text
    assert "Fixes #1 " not in text
