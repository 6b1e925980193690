"""The reader's language, and a refusal as a result."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.slow

_JAPANESE = re.compile(r"[\u3040-\u30ff]")


def test_a_japanese_issue_is_answered_in_japanese(stage: Any) -> None:
    """Title, body and comment are Japanese; what the first review asked for is in the one pull request."""
    done = stage.workflow(2)
    told = done.object()
    assert (done.code, told["outcome"], told["review"]["verdict"]) == (0, "opened", "approve"), done.stderr
    (pull,) = stage.rehearsal.forge.pulls("rehearsal/shop")
    assert "Closes #2" in pull.body
    assert _english_prose(pull.body) == []
    (comment,) = stage.rehearsal.forge.issue("rehearsal/shop", 2).comments
    assert _english_prose(comment.body) == []
    assert "税込価格を四捨五入で計算する" in pull.title
    assert "test_a_rate_may_be_a_float" in "".join(told["receipt"]["new"])


def test_too_little_to_go_on_is_asked_for(stage: Any) -> None:
    """Exit code 3, one comment with the questions, no branch, no pull request.

    Asked again without an answer it costs nothing; an answer in a comment makes it worth another look.
    """
    done = stage.workflow(3)
    told = done.object()
    assert (done.code, told["outcome"], told["pull_request"]) == (3, "needs_information", None), done.stderr
    assert told["reason"].startswith("Rehearsed: the totals of ")
    traces, paid = stage.traces(), stage.paid()
    assert (traces.branches, traces.pulls, len(traces.comments)) == ((), (), 1)
    questions = ("1. Which products and quantities", "2. Which coupon code", "3. What total was shown")
    assert [question for question in questions if question not in traces.comments[0]] == []
    run = stage.prefect.run(told["flow_run_id"])
    assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "needs_information")
    again = stage.workflow(3)
    assert (again.code, again.object(), stage.paid()) == (3, told, paid)
    stage.rehearsal.forge.comment("rehearsal/shop", 3, "weekend-buyer", "Order 17, coupon SPRING, 1,100 yen.")
    answered = stage.workflow(3)
    assert (answered.object()["task_id"] != told["task_id"], stage.paid() > paid) == (True, True)


def _english_prose(text: str) -> list[str]:
    """Lines of several words without a Japanese letter, code and markup aside."""
    plain = re.sub(r"```.*?```|`[^`]*`|<[^>]*>|\]\([^)]*\)|https?://\S+", " ", text, flags=re.DOTALL)
    return [
        line for line in plain.splitlines() if not _JAPANESE.search(line) and len(re.findall(r"[a-z]{3,}", line)) > 3
    ]
