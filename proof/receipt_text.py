"""The receipt as people see it: a table, what was fixed and broken in the open, the rest folded."""

from collections.abc import Iterator

from domain.receipt import Receipt
from proof import neutral
from proof.neutral import Links
from proof.phrases import phrase
from proof.receipt_notes import EXIT_CODES_ONLY
from proof.wording import Words

_SHOWN = 20
_SHA = 10
_OPEN = ("broken", "tampered", "fixed")
_FOLDED = ("new", "already_failing", "flaky", "asked")
_SENTENCES = frozenset({"tampered", "asked"})


def receipt_text(
    receipt: Receipt | None, base_sha: str, links: Links, say: Words, *, is_bug: bool = False, told: int = 0
) -> Iterator[str]:
    """The blocks of the receipt, the heading first; of a bug's it says whether it proves the fix.

    As many findings of weakened tests as are `told` already stand above it.
    """
    yield say("body.proof")
    if receipt is None:
        yield say("body.no_receipt")
        return
    yield _table(receipt, base_sha, say)
    if is_bug and not receipt.proven:
        yield say("body.not_proven")
    whole = EXIT_CODES_ONLY in receipt.notes
    for kind in _OPEN:
        tests = getattr(receipt, kind)
        if tests and not (kind == "tampered" and len(tests) <= told):
            caveat = f" {say('body.whole_run')}" if whole and kind != "tampered" else ""
            yield f"**{say(f'body.{kind}', count=len(tests))}**{caveat}\n\n{_tests(kind, tests, links, say)}"
    for kind in _FOLDED:
        # A new test that proves the fix stands in the open already.
        if tests := tuple(test for test in getattr(receipt, kind) if test not in receipt.fixed):
            yield folded(say(f"body.{kind}", count=len(tests)), _tests(kind, tests, links, say))
    yield say("body.command", command=neutral.code(receipt.command))
    said = {EXIT_CODES_ONLY} if whole and (receipt.broken or receipt.fixed) else set()
    if notes := tuple(phrase(note, links, say) for note in receipt.notes if note not in said):
        yield f"{say('body.notes')}\n\n{listed(notes, say)}"


def _tests(kind: str, tests: tuple[str, ...], links: Links, say: Words) -> str:
    """Names as code; findings are sentences, with what they quote as code."""
    if kind in _SENTENCES:
        return listed(tuple(phrase(finding, links, say) for finding in tests), say)
    return listed(tuple(map(neutral.code, tests)), say)


def folded(summary: str, content: str) -> str:
    """Content that is shown on a click; both must be safe to publish."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"


def _table(receipt: Receipt, base_sha: str, say: Words) -> str:
    base, head = receipt.base, receipt.head
    return say(
        "body.table",
        base=neutral.code(base_sha[:_SHA]),
        base_passed=base.passed,
        base_failed=base.failed,
        base_skipped=base.skipped,
        head_passed=head.passed,
        head_failed=head.failed,
        head_skipped=head.skipped,
    )


def listed(items: tuple[str, ...], say: Words) -> str:
    """A list of at most twenty items, all safe to publish, and how many more there are."""
    more = [say("body.more", count=len(items) - _SHOWN)] if len(items) > _SHOWN else []
    return "\n".join(f"- {item}" for item in (*items[:_SHOWN], *more))
