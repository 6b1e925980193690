"""The cut of long output is a pure function of the bytes."""

import itertools
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.output import Output

_ORDINARY = st.characters(codec="utf-8", exclude_categories=("Cc",)) | st.sampled_from("\0\t\r\n")


@given(
    data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300)), head=st.integers(0, 40), tail=st.integers(0, 40)
)
def test_pieces_do_not_show(data: bytes, cuts: list[int], head: int, tail: int) -> None:
    """However the bytes arrive, the text is the same."""
    whole, pieces = Output(head, tail), Output(head, tail)
    whole.feed(data)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        pieces.feed(data[start:end])
    assert (pieces.text(), pieces.size) == (whole.text(), len(data))


@given(text=st.text(alphabet=_ORDINARY, max_size=80))
def test_short_output_is_whole(text: str) -> None:
    """What fits is not touched, but for NUL, which no column takes."""
    output = Output(40, 40)
    output.feed(text.encode())
    assert output.text() == text.replace("\0", "\ufffd")


@given(text=st.text(alphabet=_ORDINARY, min_size=31, max_size=200))
def test_long_output_keeps_head_and_tail(text: str) -> None:
    """What is too long keeps its first and last characters and says how many are missing."""
    output = Output(20, 10, hint="; look there")
    output.feed(text.encode())
    kept = text.replace("\0", "\ufffd")
    assert output.text() == f"{kept[:20]}\n[... {len(text) - 30:,} characters left out; look there ...]\n{kept[-10:]}"


@given(text=st.text(), head=st.integers(0, 40), tail=st.integers(0, 40))
def test_no_order_to_a_terminal_is_left(text: str, head: int, tail: int) -> None:
    """Of all control characters only tab and line ends are ever in the text."""
    output = Output(head, tail)
    output.feed(f"\x1b[31m{text}\x9b0m\x1b]0;title\x07".encode(errors="replace"))
    assert {char for char in output.text() if unicodedata.category(char) == "Cc"} <= {"\t", "\r", "\n"}


@given(data=st.binary(max_size=2000))
def test_text_can_be_asked_at_any_time(data: bytes) -> None:
    """Asking in between changes nothing."""
    asked, silent = Output(50, 50), Output(50, 50)
    for start in range(0, len(data), 7):
        asked.feed(data[start : start + 7])
        asked.text()
    silent.feed(data)
    assert asked.text() == silent.text()
