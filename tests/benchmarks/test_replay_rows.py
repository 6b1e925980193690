"""The rows of the replay: each says what the known fix is, what its tests are, and how a bad change looks."""

import json
from pathlib import Path

ROWS = json.loads((Path(__file__).parents[2] / "benchmarks" / "data" / "replay.json").read_text("utf-8"))


def test_each_row_tells_the_fix_from_its_tests() -> None:
    """Two releases, an issue of one line and a text, and no path that is both code and test."""
    for row in ROWS:
        assert row["before"] != row["after"]
        assert "\n" not in row["title"]
        assert row["body"]
        assert row["fix"]
        assert row["tests"]
        assert set(row["fix"]).isdisjoint(row["tests"])


def test_a_bad_change_is_one() -> None:
    """Weakening touches no code of the fix, breaking touches nothing else; both say something new or delete."""
    for row in ROWS:
        assert {one["path"] for one in row["weaken"]}.isdisjoint(row["fix"])
        assert {one["path"] for one in row["break"]} <= set(row["fix"])
        assert [one for one in (*row["weaken"], *row["break"]) if one.get("old", "a") == one.get("new", "b")] == []


def test_names_and_titles_are_told_apart() -> None:
    """A script is chosen by the title, so no title may hold another."""
    titles = [row["title"] for row in ROWS]
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    assert [(one, other) for one in titles for other in titles if one is not other and one in other] == []
