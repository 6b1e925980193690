"""Handing in: two steps, and refusals that say what is missing."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.answer import CannotDo
from agents.tools.submit import merged, parse
from domain.change import Submission

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda one: st.lists(one, max_size=3)
)


@given(
    st.dictionaries(
        st.sampled_from(["kind", "title", "summary", "evidence", "questions", "not_done", "more"]),
        JSON | st.sampled_from(["change", "no_change_needed", "needs_information"]),
    )
)
def test_any_input_is_read_or_refused(given_input: dict[str, Any]) -> None:
    """Odd fields are left out; only an unknown kind is refused."""
    with contextlib.suppress(CannotDo):
        assert isinstance(parse(given_input), Submission)


def test_fields_are_read_leniently() -> None:
    """One question may be a string; titles are one line; what is no text is left out."""
    assert parse({"title": "A\nb", "questions": "Why?", "not_done": ["x", 3, " "], "extra": 1}) == Submission(
        kind="change", title="A b", questions=("Why?",), not_done=("x",)
    )


def test_the_second_submit_may_leave_out_what_stays() -> None:
    """Of the same kind; another kind starts anew."""
    pending = Submission(kind="change", title="T", evidence="E", not_done=("n",))
    assert merged(Submission(kind="change", title="U"), pending) == pending.model_copy(update={"title": "U"})
    assert merged(Submission(kind="no_change_needed"), pending) == Submission(kind="no_change_needed")


async def test_a_change_without_a_change_is_refused(bench: Any) -> None:
    """The model is told its other ways to end."""
    transcript = await bench.work(bench.submit(), bench.fix(), bench.submit(), bench.submit())
    assert bench.results(transcript.messages[2])[0].startswith("not handed in: no file differs from the base.")
    assert transcript.submission.kind == "change"


async def test_no_change_needed_takes_evidence_and_clean_files(bench: Any) -> None:
    """Each refusal says what is missing; the second step ends the round."""
    transcript = await bench.work(
        bench.submit(kind="no_change_needed"),
        bench.submit(kind="no_change_needed", evidence="It gives 3."),
        bench.bash("touch scratch"),
        bench.submit(kind="no_change_needed"),
        bench.bash("rm scratch"),
        bench.submit(kind="no_change_needed"),
    )
    told = [text for message in transcript.messages for text in bench.results(message)]
    assert told[0] == "not handed in: `no_change_needed` needs `evidence`: the commands you ran and what they showed"
    assert "No file differs from the base." in told[1]
    assert told[3] == "not handed in: files differ from the base: revert them, or hand in kind `change`"
    assert transcript.submission == Submission(
        kind="no_change_needed", title="Add up the prices", summary="It gave 0.", evidence="It gives 3."
    )


async def test_needs_information_takes_questions(bench: Any) -> None:
    """People can't answer what was not asked."""
    asks = {"kind": "needs_information", "evidence": "Both readings fit."}
    transcript = await bench.work(
        bench.submit(**asks), bench.submit(**asks, questions=["Which currency?"]), bench.submit(**asks)
    )
    assert bench.results(transcript.messages[2]) == [
        "not handed in: `needs_information` needs `questions`: what must people answer?"
    ]
    assert transcript.submission.questions == ("Which currency?",)


@pytest.mark.parametrize("kind", ["done", 5, ["change"], {"a": 1}])
async def test_an_unknown_kind_is_refused_with_the_known_ones(bench: Any, kind: Any) -> None:
    """Whatever its type."""
    transcript = await bench.work(bench.fix(), bench.submit(kind=kind), bench.submit(), bench.submit())
    assert bench.results(transcript.messages[4]) == [
        "not handed in: `kind` must be one of change, no_change_needed, needs_information"
    ]


async def test_a_long_diff_is_cut(bench: Any) -> None:
    """Head and tail are shown, and every file is listed."""
    transcript = await bench.work(bench.bash("seq 20000 > big; echo x > other"), bench.submit(), bench.submit())
    shown = bench.results(transcript.messages[4])[0]
    assert "- added big (+0 -0)\n- added other (+0 -0)" in shown
    assert "characters left out" in shown
    assert len(shown) < 23_000
