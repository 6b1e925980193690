"""What goes to bash and what comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.driver import Status, Statuses, encoded
from domain.errors import BadWork


@given(tickets=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 255))), size=st.integers(1, 9))
def test_statuses_arrive_in_any_pieces(tickets: list[tuple[int, int]], size: int) -> None:
    """Statuses are read whole, however the pipe cuts them."""
    data = b"".join(b"%d %d\0" % pair for pair in tickets)
    reader = Statuses()
    found = [status for start in range(0, len(data), size) for status in reader.feed(data[start : start + size])]
    assert found == [Status(ticket=ticket, code=code) for ticket, code in tickets]


@given(junk=st.binary(max_size=5000).filter(lambda data: b" " not in data))
def test_junk_on_the_pipe_is_skipped(junk: bytes) -> None:
    """A hostile writer on the status pipe can't break the reader."""
    reader = Statuses()
    assert reader.feed(junk + b"\0") == ()
    assert reader.feed(b"7 0\0") == (Status(ticket=7, code=0),)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo a\0b", "the command holds a NUL character"),
        ("echo \ud800", "the command is not valid Unicode"),
        ("x" * 1_000_001, "the command is longer than 1,000,000 bytes"),
    ],
)
def test_commands_no_shell_takes_are_refused(command: str, why: str) -> None:
    """The model is told what is wrong before anything runs."""
    with pytest.raises(BadWork) as refused:
        encoded(command)
    assert refused.value.reason == why
