"""Reads what `cargo test --message-format=json-render-diagnostics` prints: JSON of the build, text of the tests.

The JSON says which package a test program belongs to; the tests' own JSON is not in stable Rust.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from domain.report import TestOutcome, TestStatus
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import MESSAGE_CHARACTERS, worst_of

_PROGRAM = re.compile(r"\s+Running (?:unittests )?(?P<source>\S+) \((?P<program>.+)\)")
_DOCS = re.compile(r"\s+Doc-tests (?P<crate>\S+)")
_COUNT = re.compile(r"running \d+ tests?")
_TEST = re.compile(
    r"test (?P<name>.+?)(?: - (?:should panic|compile fail|compile))* \.\.\. (?P<end>ok|FAILED|ignored|bench:)"
)
_RESULT = re.compile(r"test result: ")
_OVERFLOW = re.compile(r"thread '(?P<name>.+?)'(?: \(\d+\))? has overflowed its stack")
_SAID = re.compile(r"---- (?P<name>.+) stdout ----")
_BROKEN = re.compile(r"error: could not compile `(?P<crate>[^`]+)`")
_LINE = re.compile(r" \(line \d+\)")
_END: dict[str, TestStatus] = {"ok": "passed", "bench:": "passed", "FAILED": "failed", "ignored": "skipped"}


class _Target(BaseModel):
    name: str
    kind: tuple[str, ...] = ()


class _Artifact(BaseModel):
    reason: str
    manifest_path: str = ""
    package_id: str = ""
    target: _Target | None = None
    executable: str | None = None

    @property
    def package(self) -> str:
        """The package's name: behind the last `#` of its id, or else its folder's (`cargo help pkgid`)."""
        name = self.package_id.rpartition("#")[2].partition("@")[0]
        return self.manifest_path.split("/")[-2] if name[:1].isdigit() and "/" in self.manifest_path else name


@dataclass
class _Program:
    """A test program that runs: what its tests' ids begin with, and whether it has come to its end."""

    prefix: str = ""
    package: str = ""
    counting: bool = False
    said: dict[str, str] = field(default_factory=dict)


def read_cargo(data: bytes) -> tuple[TestOutcome, ...]:
    """The tests, as `package > target > path::name`; unit tests of a library without the target. Raises `Unreadable`.

    A crate that does not build and a program that dies are errors; a test that overflows its stack has failed.
    """
    lines = data.decode("utf-8", errors="replace").split("\n")
    artifacts = tuple(_artifacts(lines))
    text = [line for line in lines if not line.startswith('{"')]
    if not artifacts and not any(_COUNT.fullmatch(line) or _BROKEN.match(line) for line in text):
        raise Unreadable("the report holds nothing of cargo test")
    said = _messages(text)
    return worst_of(_with_message(outcome, said) for outcome in _outcomes(text, artifacts))


def printed(data: bytes) -> str:
    """What cargo and the tests printed for people."""
    lines = data.decode("utf-8", errors="replace").split("\n")
    return "\n".join(line for line in lines if not line.startswith('{"reason"'))


def _artifacts(lines: list[str]) -> Iterator[_Artifact]:
    for line in lines:
        if line.startswith('{"reason":"compiler-artifact"'):
            try:
                yield _Artifact.model_validate_json(line)
            except ValidationError as error:
                raise Unreadable("the report holds a broken message of cargo") from error


def _outcomes(lines: list[str], artifacts: tuple[_Artifact, ...]) -> Iterator[TestOutcome]:
    program = _Program()
    for number, line in enumerate(lines):
        if started := _started(line, artifacts):
            yield from _died(program)
            program = started
        elif broken := _BROKEN.match(line):
            message = "\n".join(lines[max(0, number - 40) : number + 1])[-MESSAGE_CHARACTERS:]
            yield TestOutcome(id=broken["crate"], status="error", message=message)
        elif _COUNT.fullmatch(line):
            program.counting = True
        elif _RESULT.match(line):
            program.counting = False
        elif test := _TEST.match(line):
            yield TestOutcome(id=_id(program, test["name"]), status=_END[test["end"]])
        elif overflow := _OVERFLOW.search(line):
            yield TestOutcome(id=_id(program, overflow["name"]), status="failed", message=line)
    yield from _died(program)


def _started(line: str, artifacts: tuple[_Artifact, ...]) -> _Program | None:
    if docs := _DOCS.fullmatch(line):
        return _Program(prefix="", package=docs["crate"])
    found = _PROGRAM.fullmatch(line)
    if not found:
        return None
    path = found["program"]
    artifact = next((one for one in artifacts if one.executable and one.executable.endswith(f"/{path}")), None)
    name = path.rpartition("/")[2].rpartition("-")[0] or path
    package = artifact.package if artifact else name
    is_unit = found["source"].endswith("src/lib.rs") or (artifact is None and not found["source"].startswith("tests/"))
    return _Program(prefix=package if is_unit else f"{package} > {found['source']}", package=package)


def _id(program: _Program, name: str) -> str:
    """A documentation test begins with its file; its line number changes with every line above it."""
    return " > ".join(filter(None, [program.prefix, _LINE.sub("", name)]))


def _died(program: _Program) -> Iterator[TestOutcome]:
    if program.counting:
        yield TestOutcome(id=program.prefix or program.package, status="error", message="the test program died")


def _messages(lines: list[str]) -> dict[str, str]:
    """What each failed test printed, by its bare name; of equal names in two programs, the last."""
    said: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if found := _SAID.fullmatch(line):
            name = found["name"]
            said[name] = []
        elif line == "failures:" or _RESULT.match(line):
            name = ""
        elif name:
            said[name].append(line)
    return {name: "\n".join(text).strip() for name, text in said.items()}


def _with_message(outcome: TestOutcome, said: dict[str, str]) -> TestOutcome:
    if outcome.status != "failed" or outcome.message:
        return outcome
    bare = outcome.id.rpartition(" > ")[2]
    return outcome.model_copy(update={"message": said.get(bare, "")})
