"""One line a test: where a test was reported several times, the worst counts."""

import re
from collections import Counter
from collections.abc import Iterable

from domain.report import TestOutcome, TestStatus

MESSAGE_CHARACTERS = 2000
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_BADNESS: dict[TestStatus, int] = {"skipped": 0, "passed": 1, "error": 2, "failed": 3}


def worst_of(outcomes: Iterable[TestOutcome], *, counted: bool = True) -> tuple[TestOutcome, ...]:
    """The tests in the order of their first mention; messages lose their colours and what is over 2,000 characters.

    Not `counted`, several results of one name are those of one test.
    """
    kept: dict[str, TestOutcome] = {}
    times: Counter[str] = Counter()
    for outcome in outcomes:
        times[outcome.id] += counted and outcome.status != "error"
        known = kept.get(outcome.id)
        if known is None or _BADNESS[outcome.status] > _BADNESS[known.status]:
            kept[outcome.id] = outcome
    return tuple(
        outcome.model_copy(
            update={
                "message": _COLOURS.sub("", outcome.message)[:MESSAGE_CHARACTERS],
                "times": max(times[outcome.id], outcome.times),
            }
        )
        for outcome in kept.values()
    )
