"""Reads the JSON lines that our own runners write."""

from collections.abc import Iterator

from pydantic import ValidationError

from domain.report import TestOutcome
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import worst_of


def read_lines(data: bytes) -> tuple[TestOutcome, ...]:
    """The tests of a report with one `{"id","status","message"}` a line. Raises `Unreadable`.

    A last line without its end was torn by a time-out and is left out.
    """
    return worst_of(_outcomes(data), counted=False)


def _outcomes(data: bytes) -> Iterator[TestOutcome]:
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        if line.strip():
            try:
                yield TestOutcome.model_validate_json(line)
            except ValidationError as error:
                raise Unreadable(f"line {number} of the report is not a test") from error
