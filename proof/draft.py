"""Ready for review or a draft, and why."""

import re
from collections.abc import Iterator

from domain.case import Case
from domain.ending import Ending
from domain.issue import Issue
from domain.outcome import Outcome
from domain.receipt import Receipt
from domain.repository import RepositoryRules
from proof import neutral
from proof.guard import GuardVerdict
from proof.neutral import Links
from proof.phrases import phrase
from proof.wording import Words, words_for

SHOWN = 5
_BUG = re.compile(
    r"\b(?:bugs?|bugfix|hotfix|defect|regression|broken|crash(?:es|ed)?|fails?|wrong|wrongly|incorrect|\w*errors?"
    r"|exceptions?|throws?|raises?|hangs?|leaks?|(?:do|does|is|are|can)(?:n't| not)|cannot|lost|no longer)\b"
    r"|バグ|不具合|障害|誤り|おかしい|壊れ|落ちる|クラッシュ|できない|失敗する|エラー",
    re.IGNORECASE,
)


def draft_reasons(ending: Ending, rules: RepositoryRules, guard: GuardVerdict) -> tuple[str, ...]:
    """Everything that a person should look at before the change is taken, as Markdown of ours.

    The same reasons are given whatever the repository says of drafts: see `is_draft`.
    """
    say = words_for(rules, ending.case.issue)
    reasons = [say("draft.always")] if rules.pull_request.draft == "always" else []
    if ending.environment_note:
        reasons.append(say("draft.no_environment", reason=neutral.code(ending.environment_note)))
    if ending.outcome is Outcome.OVER_BUDGET:
        reasons.append(say("draft.over_budget"))
    reasons += [say("draft.no_tests")] if ending.receipt is None else _of_tests(ending.receipt, ending.case, say)
    reasons += _of_review(ending, say)
    return (*reasons, *(finding.text for finding in guard.findings))


def is_draft(reasons: tuple[str, ...], rules: RepositoryRules) -> bool:
    """Whether it is opened as a draft: for any reason, unless the repository's settings decide."""
    return {"always": True, "never": False}.get(rules.pull_request.draft, bool(reasons))


def _of_tests(receipt: Receipt, case: Case, say: Words) -> Iterator[str]:
    links = Links.of(case)
    if len(receipt.broken) == 1:
        yield say("draft.one_broken", test=neutral.code(receipt.broken[0]))
    elif receipt.broken:
        yield say("draft.broken", count=len(receipt.broken))
    elif not receipt.green:
        yield say("draft.not_green", failed=receipt.head.failed)
    if receipt.tampered:
        told = [phrase(finding, links, say) for finding in receipt.tampered[:SHOWN]]
        more = [say("body.more", count=rest)] if (rest := len(receipt.tampered) - SHOWN) > 0 else []
        yield "\n  - ".join([say("draft.tampered", count=len(receipt.tampered)), *told, *more])
    if wants_proof(receipt, case.issue):
        yield say("draft.untested" if receipt.untested else "draft.not_proven")


def _of_review(ending: Ending, say: Words) -> Iterator[str]:
    review = ending.review
    if review is None:
        yield say("draft.no_review")
    elif review.verdict == "request_changes":
        yield say("draft.changes_requested", agent=neutral.code(review.agent), count=len(review.findings))


def wants_proof(receipt: Receipt | None, issue: Issue) -> bool:
    """Whether a receipt must say that it proves nothing: a bug's, and that of code that no test came with."""
    return receipt is not None and not receipt.proven and (receipt.untested or is_bug(issue))


def is_bug(issue: Issue) -> bool:
    """Whether the issue reports a bug, by its labels and its title."""
    return any(_BUG.search(text) for text in (*issue.labels, issue.title))
