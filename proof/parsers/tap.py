"""Reads the Test Anything Protocol (testanything.org, versions 12 to 14) as tape, node-tap, ava and bats print it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.report import TestOutcome, TestStatus
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import MESSAGE_CHARACTERS, worst_of

_POINT = re.compile(r"(?P<indent> *)(?P<not>not )?ok\b(?: +\d+)?(?P<dash> +-)? *(?P<name>.*)")
_DIRECTIVE = re.compile(r"(?:^|\s)#\s*(?P<kind>skip|todo|time)\b.*$", re.IGNORECASE)
_SUBTEST = re.compile(r"(?P<indent> *)# Subtest: (?P<name>.*)")
_TITLE = re.compile(r"# (?P<name>.+)")
_SUMMARY = re.compile(r"# (?:tests|pass|fail|ok|skip|todo|time)\b.*")
_PLAN = re.compile(r"1\.\.(?P<count>\d+)")
_INDENT = 4
_WHOLE = "the whole run"


@dataclass
class _Stream:
    """Where we are: the open subtests, the title of tape's test, the top level's points and their number."""

    subtests: list[str] = field(default_factory=list)
    title: str = ""
    points: int = 0
    plan: int | None = None
    told: dict[str, bool] = field(default_factory=dict)


def read_tap(data: bytes) -> tuple[TestOutcome, ...]:
    """The tests: a test of tape by its title, a subtest by the titles that lead to it. Raises `Unreadable`.

    Several assertions of one test are one, and the worst counts. Lines of another kind are what tests print.
    A stream that stops before its plan has a test that never ended.
    """
    lines = data.decode("utf-8", errors="replace").split("\n")
    stream = _Stream()
    outcomes = list(_outcomes(lines, stream))
    if not outcomes and stream.plan is None:
        raise Unreadable("the report holds nothing of the Test Anything Protocol")
    if stream.plan is None or stream.points < stream.plan:
        outcomes.append(TestOutcome(id=stream.title or _WHOLE, status="failed", message="it never ended"))
    return worst_of(outcomes, counted=False)


def _outcomes(lines: list[str], stream: _Stream) -> Iterator[TestOutcome]:
    for number, line in enumerate(lines):
        if line.startswith("Bail out!"):
            yield TestOutcome(id=stream.title or _WHOLE, status="error", message=line)
        elif subtest := _SUBTEST.fullmatch(line):
            del stream.subtests[len(subtest["indent"]) // _INDENT :]
            stream.subtests.append(subtest["name"].strip())
        elif plan := _PLAN.match(line):
            stream.plan = int(plan["count"])
        elif point := _POINT.fullmatch(line):
            yield from _point(point, stream, _details(lines[number + 1 : number + 60]))
        elif (title := _TITLE.fullmatch(line)) and not _SUMMARY.fullmatch(line):
            stream.title = _DIRECTIVE.sub("", title["name"]).strip()


def _point(point: re.Match[str], stream: _Stream, details: str) -> Iterator[TestOutcome]:
    depth = len(point["indent"]) // _INDENT
    name = _DIRECTIVE.sub("", point["name"]).strip()
    stream.points += depth == 0
    closes = stream.subtests[depth : depth + 1] == [name]
    titles = stream.subtests[: depth + closes]
    del stream.subtests[depth:]
    own = name if point["dash"] else stream.title or name
    identity = " > ".join(titles or [own]) or _WHOLE
    status = _status(point)
    inner = [red for told, red in stream.told.items() if told == identity or told.startswith(f"{identity} > ")]
    if closes and inner and (status != "failed" or any(inner)):
        return
    stream.told[identity] = stream.told.get(identity, False) or status == "failed"
    message = f"{name}\n{details}".strip() if status == "failed" else ""
    yield TestOutcome(id=identity, status=status, message=message)


def _status(point: re.Match[str]) -> TestStatus:
    directive = _DIRECTIVE.search(point["name"])
    if directive and directive["kind"].lower() != "time":
        return "skipped"
    return "failed" if point["not"] else "passed"


def _details(lines: list[str]) -> str:
    """The YAML below a failed point."""
    if not lines or lines[0].strip() != "---":
        return ""
    block = []
    for line in lines[1:]:
        if line.strip() == "...":
            break
        block.append(line.strip())
    return "\n".join(block)[:MESSAGE_CHARACTERS]
