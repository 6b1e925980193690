"""What the model reads before it works: the system prompt, the first message, and what a fix round must mend.

The system prompt and the first message are the cached prefix: nothing in them changes from call to call.
"""

import hashlib
from collections.abc import Sequence

from agents.hidden import revealed, visible
from agents.locate import Located, SourceFile
from agents.render import render
from agents.repository_map import repository_map
from agents.specialist import Specialist
from agents.tools.cut import head, head_and_tail, one_line
from domain.frozen import Frozen
from domain.issue import Comment, Issue, Language
from domain.receipt import Receipt
from domain.report import TestReport
from domain.review import Review

LANGUAGES: dict[Language, str] = {"en": "English", "ja": "Japanese (日本語)"}
_MOST_BODY = 60_000
_MOST_COMMENT = 8_000
_MOST_COMMENTS = 40_000
_MOST_RULES = 20_000
_MOST_ALL_RULES = 60_000
_MOST_LIKELY = 15
_MOST_TESTS = 20
_MOST_OUTPUT = 6_000
_MOST_MESSAGE = 1_500


class Passage(Frozen):
    """A text from outside with its heading, cut and made visible; `notes` say what was done to it."""

    heading: str
    text: str
    notes: tuple[str, ...] = ()


def system(specialist: Specialist, secondaries: Sequence[Specialist], language: Language) -> str:
    """The system prompt: role, rules of work, what done means, checklists."""
    return render("system", specialist=specialist, secondaries=tuple(secondaries), language=LANGUAGES[language])


def checklist(specialist: Specialist, secondaries: Sequence[Specialist]) -> tuple[str, ...]:
    """What is shown before work is taken: the specialists' points, each once."""
    return tuple(dict.fromkeys(item for one in (specialist, *secondaries) for item in one.checklist))


def opening(
    issue: Issue,
    *,
    rules: Sequence[SourceFile] = (),
    paths: Sequence[str] = (),
    likely: Sequence[Located] = (),
    test_command: str | None = None,
    left_out: int = 0,
    hosts: Sequence[str] = (),
) -> str:
    """The first message. `rules` are the default branch's own texts; `paths` all files of the base.

    `left_out` is how many of them a sparse checkout does not have on disk; `hosts` what the sandbox lets through.
    """
    return render(
        "opening",
        fence=issue.digest[:20],
        number=issue.number,
        repo=issue.repo,
        title=_passage("title", issue.title, 1_000),
        body=_passage("body", issue.body, _MOST_BODY),
        labels=", ".join(one_line(label, 100) for label in issue.labels),
        comments=_comments(issue.comments),
        rules=_within([_passage(one_line(one.path, 300), one.text, _MOST_RULES) for one in rules], _MOST_ALL_RULES),
        map=repository_map(paths),
        left_out=left_out,
        files=len(paths),
        likely=[one_line(one.path, 300) for one in likely[:_MOST_LIKELY]],
        test_command=one_line(test_command, 1_000) if test_command else None,
        hosts=", ".join(hosts),
    )


def feedback(
    receipt: Receipt | None,
    review: Review | None,
    *,
    head_report: TestReport | None = None,
    refused: Sequence[str] = (),
) -> str:
    """What a fix round is told: tests that broke with the tail of their output, blocking findings, refusals."""
    failing = {test.id: test.message for test in head_report.tests} if head_report else {}
    broken = receipt.broken if receipt else ()
    return render(
        "feedback",
        fence=_fence_of(receipt, review, head_report),
        receipt=receipt,
        broken=[
            Passage(heading=one_line(name, 300), text=_tail(failing.get(name, ""))) for name in broken[:_MOST_TESTS]
        ],
        more=max(len(broken) - _MOST_TESTS, 0),
        output=revealed(head_and_tail(head_report.output.strip(), _MOST_OUTPUT)) if head_report else "",
        tampered=[one_line(one, 500) for one in receipt.tampered] if receipt else [],
        findings=review.findings if review else (),
        reviewer=review.agent if review else "",
        refused=[one_line(one, 500) for one in refused],
    )


def _fence_of(*parts: Receipt | Review | TestReport | None) -> str:
    said = "\0".join(part.model_dump_json() for part in parts if part is not None)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def _tail(message: str) -> str:
    text = revealed(message)
    return text if len(text) <= _MOST_MESSAGE else f"[...]{text[-_MOST_MESSAGE:]}"


def _passage(heading: str, raw: str, limit: int) -> Passage:
    seen = visible(raw)
    return Passage(heading=heading, text=head(seen.text, limit), notes=seen.notes)


def _comments(comments: Sequence[Comment]) -> list[Passage]:
    """The newest fit first: they say what still holds."""
    passages = [
        _passage(f"{one_line(one.author, 60)}, {one.created_at:%Y-%m-%d}", one.body, _MOST_COMMENT) for one in comments
    ]
    return _within(passages[::-1], _MOST_COMMENTS)[::-1]


def _within(passages: list[Passage], limit: int) -> list[Passage]:
    kept: list[Passage] = []
    for passage in passages:
        if sum(len(one.text) for one in kept) + len(passage.text) > limit:
            kept.append(Passage(heading="...", text=f"({len(passages) - len(kept)} more left out for length)"))
            break
        kept.append(passage)
    return kept
