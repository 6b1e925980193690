"""What the pull request says: the change, its proof, the review and the bill, for a careful maintainer."""

from collections.abc import Iterator

from domain.case import Case
from domain.change import Submission
from domain.ending import Ending
from domain.frozen import Frozen
from domain.repository import RepositoryRules
from domain.review import Review
from proof import neutral
from proof.account_text import account
from proof.draft import SHOWN, is_draft, wants_proof
from proof.neutral import Links
from proof.parts_text import parts_text
from proof.receipt_text import listed, receipt_text
from proof.wording import Words, words_for

TITLE_LIMIT = 69
BODY_LIMIT = 60_000
_SUMMARY = 4_000


class BodyMaterial(Frozen):
    """All that goes into a body.

    `branch` is where the change was pushed; `test_command` is what people type (the receipt's, if None);
    `total_s` is wall time in seconds, 0 when unknown; `instead_of` is the branch that this one stands in for.
    """

    ending: Ending
    rules: RepositoryRules = RepositoryRules()
    branch: str
    test_command: str | None = None
    total_s: float = 0.0
    instead_of: str | None = None


def title(submission: Submission | None, case: Case, rules: RepositoryRules) -> str:
    """One line of fewer than 70 characters: the specialist's title, else the issue's."""
    for text in (submission.title if submission else "", case.issue.title):
        if line := neutral.line(text, TITLE_LIMIT):
            return line
    return words_for(rules, case.issue)("body.untitled", issue=case.issue.number)


def body(material: BodyMaterial) -> str:
    """The body in the issue's language (or the repository's), never over 60,000 characters."""
    say = words_for(material.rules, material.ending.case.issue)
    links = Links.of(material.ending.case)
    parts = (
        *_head(material, say),
        *_what(material.ending, links, say),
        parts_text(material.ending, links, say),
        *receipt_text(
            material.ending.receipt,
            material.ending.case.base_sha,
            links,
            say,
            is_bug=wants_proof(material.ending.receipt, material.ending.case.issue),
            told=SHOWN if material.ending.draft_reasons else 0,
        ),
        *_verify(material, links, say),
        *_not_done(material.ending, links, say),
        *_review(material.ending.review, links, say),
        account(material.ending, links, say, material.total_s),
    )
    return _fitted([part.strip("\n") for part in parts if part], say("body.cut"))


def _head(material: BodyMaterial, say: Words) -> Iterator[str]:
    case = material.ending.case
    # Keywords work only in pull requests to the default branch; elsewhere they would promise too much.
    if case.base == case.repository.default_branch:
        yield say("body.closes", issue=case.issue.number)
    else:
        yield say("body.part_of", issue=case.issue.number, base=neutral.code(case.base))
    if reasons := material.ending.draft_reasons:
        heading = say("body.draft" if is_draft(reasons, material.rules) else "body.ready")
        yield f"{heading}\n\n{listed(reasons, say)}"
    if material.instead_of:
        yield say("body.instead_of", link=neutral.code(material.instead_of))


def _what(ending: Ending, links: Links, say: Words) -> Iterator[str]:
    summary = ending.submission.summary if ending.submission else ""
    yield say("body.what")
    yield neutral.markdown(summary, links, _SUMMARY) or say("body.no_summary")


def _verify(material: BodyMaterial, links: Links, say: Words) -> Iterator[str]:
    receipt, submission = material.ending.receipt, material.ending.submission
    command = material.test_command or (receipt.command if receipt else "")
    # The branch is ours, but its name comes through the forge.
    lines = (f"git fetch origin {material.branch}", "git switch --detach FETCH_HEAD", command)
    yield say("body.verify")
    yield neutral.fence("\n".join(line for line in lines if line), "sh")
    if submission and (evidence := neutral.markdown(submission.evidence, links, _SUMMARY)):
        yield say("body.evidence")
        yield evidence


def _not_done(ending: Ending, links: Links, say: Words) -> Iterator[str]:
    items = tuple(neutral.sentence(item, links) for item in (ending.submission.not_done if ending.submission else ()))
    if any(items):
        yield say("body.not_done")
        yield listed(tuple(item for item in items if item), say)


def _review(review: Review | None, links: Links, say: Words) -> Iterator[str]:
    yield say("body.review")
    if review is None:
        yield say("body.unreviewed")
        return
    verdict = "approved" if review.verdict == "approve" else "requested"
    yield say(f"body.{verdict}", agent=neutral.code(review.agent))
    yield neutral.markdown(review.summary, links, _SUMMARY)
    findings = sorted(review.findings, key=lambda finding: ("blocking", "major", "minor").index(finding.severity))
    lines = []
    for finding in findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        text = say("body.finding", place=neutral.code(place), text=neutral.sentence(finding.text, links))
        lines.append(f"{say(f'body.{finding.severity}')} {text}")
    yield listed(tuple(lines), say)


def _fitted(parts: list[str], note: str) -> str:
    """The parts in a row; whole parts are left out at the end when it would become too long."""
    kept: list[str] = []
    room = BODY_LIMIT - len(note) - 2
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            kept.append(note)
            break
        kept.append(part)
    return "\n\n".join(kept) + "\n"
