"""What the second specialist says of the change."""

from typing import Literal

from domain.frozen import Frozen

Severity = Literal["blocking", "major", "minor"]
Verdict = Literal["approve", "request_changes"]


class Finding(Frozen):
    """One remark at a place; `line` counts from 1 in the head's file, None for the whole file."""

    file: str
    line: int | None = None
    severity: Severity
    text: str


class Review(Frozen):
    """The verdict of a specialist who did not write the change."""

    agent: str
    verdict: Verdict
    summary: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that go back to the author."""
        return tuple(finding for finding in self.findings if finding.severity == "blocking")
