"""Reads the JUnit XML of Maven's surefire and failsafe: one file a test class."""

import re
from collections.abc import Iterable

from domain.report import TestOutcome
from proof.parsers.junit import outcomes_of
from proof.parsers.worst import worst_of


def read_surefire(files: Iterable[bytes]) -> tuple[TestOutcome, ...]:
    """The tests, as `package.Class::name`. Raises `Unreadable`.

    Surefire calls every exception but a failed assertion an error; one that came through the test's own
    method is a failure here as elsewhere.
    """
    return worst_of(_told(outcome) for data in files for outcome in outcomes_of(data, whole=True))


def _told(outcome: TestOutcome) -> TestOutcome:
    if outcome.status != "error":
        return outcome
    method = re.match(r"\w+", outcome.id.rpartition("::")[2])
    in_body = method and re.search(rf"\bat .*\.{method[0]}\(|^\s*\S+\.{method[0]}:\d+", outcome.message, re.MULTILINE)
    return outcome.model_copy(update={"status": "failed"}) if in_body else outcome
