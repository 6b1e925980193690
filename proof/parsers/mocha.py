"""Reads the JSON that mocha's `json` reporter writes."""

import posixpath
from collections.abc import Iterator

from pydantic import BaseModel, Field, ValidationError

from domain.report import TestOutcome
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import worst_of


class _Test(BaseModel):
    title: str = ""
    full_title: str = Field(default="", alias="fullTitle")
    file: str | None = ""
    err: dict[str, object] = {}


class _Report(BaseModel):
    passes: tuple[_Test, ...]
    failures: tuple[_Test, ...]
    pending: tuple[_Test, ...] = ()


def read_mocha(data: bytes, root: str) -> tuple[TestOutcome, ...]:
    """The tests, as `file > full title`; a failed hook is an error. Raises `Unreadable`."""
    try:
        report = _Report.model_validate_json(data)
    except ValidationError as error:
        raise Unreadable("the report is not mocha's JSON") from error
    return worst_of(_outcomes(report, root))


def _outcomes(report: _Report, root: str) -> Iterator[TestOutcome]:
    for test in report.passes:
        yield TestOutcome(id=_id(test, root), status="passed")
    for test in report.pending:
        yield TestOutcome(id=_id(test, root), status="skipped")
    for test in report.failures:
        hook = test.title.startswith(('"before ', '"after '))
        message = str(test.err.get("message", ""))
        yield TestOutcome(id=_id(test, root), status="error" if hook else "failed", message=message)


def _id(test: _Test, root: str) -> str:
    file = test.file or ""
    path = posixpath.relpath(file, root) if file.startswith("/") else file
    return " > ".join(filter(None, [path, test.full_title or test.title]))
