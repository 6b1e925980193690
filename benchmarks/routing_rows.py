"""Labelled issues that routing is fitted to and judged on."""

import json
from pathlib import Path

from domain.frozen import Frozen
from domain.issue import Issue

_TESTS = Path(__file__).parents[1] / "tests" / "agents" / "data"
_OWN = Path(__file__).parent / "data"
FILES = {
    "calibration": _TESTS / "routing_calibration.jsonl",
    "made up": _TESTS / "routing_more.jsonl",
    "blind 1": _OWN / "routing_blind_1.jsonl",
    "blind 2": _OWN / "routing_blind_2.jsonl",
    "blind 3": _OWN / "routing_blind_3.jsonl",
}
FITTED = ("calibration", "made up", "blind 1", "blind 2")


class Row(Frozen):
    """An issue, who should work on it, and who should help."""

    id: str
    title: str
    body: str
    labels: tuple[str, ...]
    primary: str
    secondary: tuple[str, ...]
    lang: str

    @property
    def issue(self) -> Issue:
        """As the forge would hand it over."""
        return Issue(repo="o/r", number=1, title=self.title, body=self.body, labels=self.labels)


def read_rows(name: str) -> tuple[Row, ...]:
    """The rows of one of `FILES`."""
    lines = FILES[name].read_text("utf-8").splitlines()
    fields = ({key: value for key, value in json.loads(line).items() if key in Row.model_fields} for line in lines)
    return tuple(Row.model_validate(one) for one in fields)
