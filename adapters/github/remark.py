"""Review comments on lines."""

import logging

from adapters.github.address import address
from adapters.github.payloads import ReviewPayload
from adapters.github.session import Session
from adapters.github.text import fit_body, one_line, unmentioned
from domain.errors import NotFound, Rejected
from domain.review import Finding

_REVIEWS = 300
_PATH = 400
_log = logging.getLogger(__name__)


async def leave_remarks(session: Session, repo: str, number: int, head_sha: str, findings: tuple[Finding, ...]) -> None:
    """One review with line comments; where a line is refused, one text; where reviews are unknown, nothing.

    The review carries a hidden mark of the commit: a second call for the same commit finds it and does nothing.
    """
    mark = f"<!-- claude-cluster: review of {one_line(head_sha, 64)} -->"
    path = address(repo, "pulls", number, "reviews")
    subject = f"a review of #{number}"
    if mark in await _earlier(session, path, subject):
        return
    review: dict[str, object] = {
        "commit_id": head_sha,
        "event": "COMMENT",
        "body": _body(mark, [finding for finding in findings if not finding.line]),
        "comments": [_on_line(finding) for finding in findings if finding.line],
    }
    as_text = {"event": "COMMENT", "body": _body(mark, list(findings))}
    try:
        await session.tell("POST", path, subject, review)
    except Rejected as refusal:
        _log.info("review_lines_refused repo=%s pull=%s reason=%s", repo, number, refusal)
        await session.tell("POST", path, subject, as_text)
    except NotFound:
        _log.info("reviews_unknown repo=%s pull=%s", repo, number)


async def _earlier(session: Session, path: str, subject: str) -> str:
    try:
        reviews = await session.pages(path, ReviewPayload, subject, _REVIEWS)
    except NotFound:
        return ""
    return "\n".join(review.body or "" for review in reviews)


def _on_line(finding: Finding) -> dict[str, str | int | None]:
    text = f"**{finding.severity}**: {unmentioned(finding.text)}"
    return {"path": finding.file, "line": finding.line, "side": "RIGHT", "body": fit_body(text)}


def _body(mark: str, findings: list[Finding]) -> str:
    lines = [mark]
    for finding in findings:
        place = one_line(finding.file.replace("`", "'"), _PATH) + (f":{finding.line}" if finding.line else "")
        lines.append(f"- `{place}` **{finding.severity}**: {unmentioned(finding.text)}")
    return fit_body("\n".join(lines))
