"""The commit's message: what people read, and the trailers by which we know our own commits."""

import re
import textwrap

from pydantic import Field, ValidationError

from domain.case import Case
from domain.change import Submission
from domain.frozen import Frozen
from proof import neutral

SUBJECT_LIMIT = 72
_BODY_LIMIT = 4_000
_WIDTH = 72
_LIST = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
# What git, GitHub and sign-off checks would read as somebody's word, or as ours.
_TRAILER = re.compile(
    r"^[ \t]*(?=(?:[A-Za-z-]+-by|Issue|Claude-Cluster-[A-Za-z-]+|Change-Id)\s*:)", re.IGNORECASE | re.MULTILINE
)
_LINE = re.compile(r"(Issue|Claude-Cluster-Case|Claude-Cluster-Attempt|Claude-Cluster-Issue-Digest): (\S+)")


class Trailers(Frozen):
    """What our commits say of where they come from; `issue_digest` is the SHA-256 (hex) of the issue's text."""

    issue: int = Field(ge=1)
    case: str = Field(pattern=r"^task-\d{8}-\d{3,}$")
    attempt: int = Field(ge=1)
    issue_digest: str = Field(pattern=r"^[0-9a-f]{64}$")


def commit_message(case: Case, submission: Submission | None) -> str:
    """Subject (72 characters at most), body and trailers; nothing in it closes issues, rings people or skips checks."""
    subject = neutral.line(submission.title if submission else "", SUBJECT_LIMIT)
    subject = subject or neutral.line(case.issue.title, SUBJECT_LIMIT) or f"Work on issue {case.issue.number}"
    body = _wrapped(_TRAILER.sub("- ", neutral.plain(submission.summary if submission else "", _BODY_LIMIT)))
    return "\n\n".join(part for part in (subject, body, _trailers(case)) if part) + "\n"


def parse_trailers(message: str) -> Trailers | None:
    """The trailers of one of our commits, from its last paragraph; None for anybody else's."""
    paragraphs = re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip())
    found = [match for line in paragraphs[-1].split("\n") if (match := _LINE.fullmatch(line.rstrip()))]
    values = {match[1]: match[2] for match in found}
    if len(paragraphs) == 1 or len(values) != len(found):
        return None
    try:
        return Trailers.model_validate(
            {
                "issue": values.get("Issue", "").removeprefix("#"),
                "case": values.get("Claude-Cluster-Case"),
                "attempt": values.get("Claude-Cluster-Attempt"),
                "issue_digest": values.get("Claude-Cluster-Issue-Digest"),
            }
        )
    except ValidationError:
        return None


def _trailers(case: Case) -> str:
    lines = (
        f"Issue: #{case.issue.number}",
        f"Claude-Cluster-Case: {case.id}",
        f"Claude-Cluster-Attempt: {case.attempt}",
        f"Claude-Cluster-Issue-Digest: {case.issue.digest}",
    )
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    return "\n".join(_wrapped_line(line) for line in text.split("\n"))


def _wrapped_line(line: str) -> str:
    if len(line) <= _WIDTH or line.startswith(("    ", "\t", "|")):
        return line
    mark = _LIST.match(line)
    indent = " " * len(mark.group()) if mark else ""
    return textwrap.fill(line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
