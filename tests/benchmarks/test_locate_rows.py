"""The rows of the localisation evaluation: facts of all four languages, and no repository in both halves."""

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

ROWS = Path(__file__).parents[2] / "benchmarks" / "data" / "locate.jsonl"
SUFFIXES = {"python": (".py", ".pyx"), "typescript": (".ts", ".tsx"), "go": (".go",), "java": (".java",)}
FIELDS = ["half", "language", "repository", "source", "evidence", "text", "sha256", "changed"]
PART = re.compile(r"(?:debian/[\w./~@+-]+|CHANGELOG\.md):\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """All of the rows."""
    return [json.loads(line) for line in ROWS.read_text("utf-8").splitlines()]


def test_no_repository_is_in_both_halves(rows: list[dict[str, Any]]) -> None:
    """What was tuned on one is judged on others."""
    halves = defaultdict(set)
    for row in rows:
        halves[row["repository"]].add(row["half"])
    assert len(halves) >= 40
    assert Counter(frozenset(one) for one in halves.values()).keys() == {
        frozenset({"tune"}),
        frozenset({"held out"}),
    }


def test_each_row_is_a_fix_of_code_in_its_language(rows: list[dict[str, Any]]) -> None:
    """A source, where its text stands, and files of that language and no tests."""
    counts: Counter[str] = Counter()
    for row in rows:
        assert row["source"].split()[0] in ("apt", "npm", "pip")
        assert len(row["evidence"].split()) >= 3
        assert row["changed"]
        assert all(path.endswith(SUFFIXES[row["language"]]) for path in row["changed"])
        counts[row["language"]] += 1
    assert counts.keys() == SUFFIXES.keys()
    assert min(counts.values()) >= 30


def test_a_row_names_its_text_and_does_not_quote_it(rows: list[dict[str, Any]]) -> None:
    """Files, lines and a SHA-256 stand for the text: no row has room for anybody's sentences."""
    assert {tuple(row) for row in rows} == {tuple(FIELDS)}
    assert [part for row in rows for part in row["text"] if not PART.fullmatch(part)] == []
    assert [row["sha256"] for row in rows if not re.fullmatch(r"[0-9a-f]{64}", row["sha256"])] == []
