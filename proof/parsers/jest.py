"""Reads the JSON that jest and vitest write: the same shape (jest docs, `--json`)."""

import posixpath
from collections.abc import Iterator

from pydantic import BaseModel, Field, ValidationError

from domain.report import TestOutcome, TestStatus
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import worst_of

_STATUS: dict[str, TestStatus] = {"passed": "passed", "failed": "failed"}


class _Assertion(BaseModel):
    ancestors: tuple[str, ...] = Field(default=(), alias="ancestorTitles")
    title: str = ""
    status: str = ""
    messages: tuple[str, ...] | None = Field(default=(), alias="failureMessages")


class _File(BaseModel):
    name: str
    status: str = ""
    message: str | None = ""
    assertions: tuple[_Assertion, ...] = Field(default=(), alias="assertionResults")


class _Report(BaseModel):
    files: tuple[_File, ...] = Field(alias="testResults")


def read_jest(data: bytes, root: str) -> tuple[TestOutcome, ...]:
    """The tests, as `file > describe > name`; `root` is the checkout as the runner saw it. Raises `Unreadable`."""
    try:
        report = _Report.model_validate_json(data)
    except ValidationError as error:
        raise Unreadable("the report is not jest's JSON") from error
    return worst_of(outcome for file in report.files for outcome in _file(file, root))


def _file(file: _File, root: str) -> Iterator[TestOutcome]:
    path = posixpath.relpath(file.name, root) if file.name.startswith("/") else file.name
    for test in file.assertions:
        message = "\n".join(test.messages or ())
        status = _STATUS.get(test.status, "skipped")
        yield TestOutcome(id=" > ".join([path, *test.ancestors, test.title]), status=status, message=message)
    if file.status == "failed" and not any(test.status == "failed" for test in file.assertions):
        yield TestOutcome(id=path, status="error", message=file.message or "")
