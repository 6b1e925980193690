"""When a run that met a rate limit comes back."""

import pytest

from tasks.policy import Comeback

_COMEBACK = Comeback(shortest_s=30.0, longest_s=3600.0, most=10)


@pytest.mark.parametrize(
    ("asked_s", "runs", "wait_s"),
    [
        (300.0, 1, 300.0),
        (1.0, 1, 30.0),
        (1.0, 3, 120.0),
        (300.0, 3, 300.0),
        (300.0, 5, 480.0),
        (7200.0, 1, 3600.0),
        (1.0, 9, 3600.0),
        (1.0, 10, None),
        (1.0, 0, 30.0),
    ],
)
def test_the_wait_is_what_was_asked_for_within_bounds(asked_s: float, runs: int, wait_s: float | None) -> None:
    """Never short, twice as long with each run that met the limit again, at most an hour, and not for ever."""
    assert _COMEBACK.wait_s(asked_s, runs) == wait_s
