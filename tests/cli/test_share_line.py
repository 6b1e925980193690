"""A part of a task in one line."""

from typing import Any

import pytest

from cli.share_line import share_line

_SHARE = {
    "number": 1,
    "agent": "docs",
    "paths": ["docs/", "README.md"],
    "state": "done",
    "node": "b",
    "cost_usd": 0.123,
}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"reason": None}, "1: docs on b, docs/, README.md: done, $0.12"),
        (
            {"state": "taken_back", "node": None, "reason": "nobody had begun with it in time", "cost_usd": 0.0},
            "1: docs, docs/, README.md: taken back (nobody had begun with it in time), $0.00",
        ),
    ],
)
def test_who_does_what_where_and_how_it_stands(more: dict[str, Any], line: str) -> None:
    """With the reason where it came back, and the cost in any case."""
    assert share_line(_SHARE | more) == line
