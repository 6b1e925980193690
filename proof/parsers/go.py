"""Reads `go test -json`: one event a line (documented in `go doc test2json`)."""

from collections.abc import Iterator

from pydantic import BaseModel, Field, ValidationError

from domain.report import TestOutcome, TestStatus
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import MESSAGE_CHARACTERS, worst_of

_END: dict[str, TestStatus] = {"pass": "passed", "fail": "failed", "skip": "skipped"}


class _Event(BaseModel):
    action: str = Field(alias="Action")
    package: str = Field(default="", alias="Package")
    build: str = Field(default="", alias="ImportPath")
    test: str = Field(default="", alias="Test")
    output: str = Field(default="", alias="Output")

    @property
    def id(self) -> str:
        """`package/TestName/sub`, or the package alone."""
        return "/".join(filter(None, [self.package or self.build.split(" ")[0], self.test]))


def read_go(data: bytes) -> tuple[TestOutcome, ...]:
    """The tests; a package that fails without a failed test (it does not build) is an error.

    Lines that are not JSON are left out: older versions of Go print build errors between the events.
    Raises `Unreadable` if no line is an event.
    """
    events = tuple(_events(data))
    if not events:
        raise Unreadable("the report holds no events of go test")
    return worst_of(_outcomes(events))


def _events(data: bytes) -> Iterator[_Event]:
    for line in data.split(b"\n"):
        if line.startswith(b"{"):
            try:
                yield _Event.model_validate_json(line)
            except ValidationError as error:
                raise Unreadable("the report holds a broken event of go test") from error


def _outcomes(events: tuple[_Event, ...]) -> Iterator[TestOutcome]:
    said: dict[str, str] = {}
    red: set[str] = set()
    started: dict[str, str] = {}
    for event in events:
        if event.action in {"output", "build-output"}:
            said[event.id] = (said.get(event.id, "") + event.output)[-MESSAGE_CHARACTERS:]
        elif event.test and event.action == "run":
            started[event.id] = event.package
        elif event.test and event.action in _END:
            started.pop(event.id, None)
            status = _END[event.action]
            if status == "failed":
                red.add(event.package)
            yield TestOutcome(id=event.id, status=status, message="" if status == "passed" else said.get(event.id, ""))
        elif event.action == "fail" and event.package and event.package not in red:
            yield TestOutcome(id=event.id, status="error", message=said.get(event.id, ""))
    for name in started:
        yield TestOutcome(id=name, status="failed", message=said.get(name, "") or "it never ended")
