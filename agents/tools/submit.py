"""The submit tool: handing in, in two steps, so that the agent reads its own diff before it is taken."""

from typing import get_args

from agents.render import render
from agents.snapshots import Snapshots
from agents.tools.answer import Answer, CannotDo
from agents.tools.cut import head, head_and_tail, one_line
from domain.change import Change, Submission, SubmissionKind
from domain.conversation import Block
from domain.errors import BadWork

_KINDS = get_args(SubmissionKind)
_STRING: Block = {"type": "string"}
_STRINGS: Block = {"type": "array", "items": _STRING}
_MOST_DIFF = 20_000
_MOST_WORDS = 8_000
_MOST_ITEMS = 20
_MOST_FILES = 50

SUBMIT: Block = {
    "name": "submit",
    "description": (
        "Hand in the work. The first call shows the diff and a checklist; go through it, put right what is wrong, "
        "and call submit again to finish. kind: `change` (the default) when the files hold the solution; "
        "`no_change_needed` when the issue does not exist or is solved already; `needs_information` when it "
        "can't be solved without answers from people. The last two need evidence: what you ran and what it showed."
    ),
    "input_schema": {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": list(_KINDS)},
            "title": _STRING | {"description": "What the change does, under 70 characters, without a prefix"},
            "summary": _STRING | {"description": "What was wrong, what you changed and why, in a few lines"},
            "evidence": _STRING | {"description": "How you reproduced it, and how you checked the result"},
            "questions": _STRINGS | {"description": "For needs_information: what people must answer"},
            "not_done": _STRINGS | {"description": "What you left out, and why"},
        },
        "required": ["title", "summary"],
    },
}


async def submit(given: Block, snapshots: Snapshots, checklist: tuple[str, ...], pending: Submission | None) -> Answer:
    """Show the diff and the checklist the first time (`pending` None), finish the second time."""
    try:
        said = merged(parse(given), pending)
        change = await snapshots.take()
        _refuse(said, change, final=pending is not None)
    except CannotDo as reason:
        return Answer(text=f"not handed in: {reason}", error=True)
    except BadWork as broken:
        return Answer(text=f"not handed in: the files can't be taken as they are: {broken}", error=True)
    if pending is not None:
        return Answer(text="Handed in.", submission=said, final=True)
    return Answer(text=_checklist(said, change, checklist), submission=said)


def parse(given: Block) -> Submission:
    """What the model said, with everything odd left out; an unknown kind is refused with `CannotDo`."""
    kind = given.get("kind") or "change"
    if kind not in _KINDS:
        raise CannotDo(f"`kind` must be one of {', '.join(_KINDS)}")
    return Submission(
        kind=kind,
        title=one_line(_text(given.get("title")), 200),
        summary=_text(given.get("summary")),
        evidence=_text(given.get("evidence")),
        questions=_texts(given.get("questions")),
        not_done=_texts(given.get("not_done")),
    )


def merged(said: Submission, pending: Submission | None) -> Submission:
    """The newer words, and the earlier ones of the same kind where the newer are missing."""
    if pending is None or pending.kind != said.kind:
        return said
    given = {name: value for name, value in said.model_dump().items() if value}
    return Submission.model_validate(pending.model_dump() | given)


def _text(value: object) -> str:
    return head(value.strip(), _MOST_WORDS) if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text for text in map(_text, items) if text)[:_MOST_ITEMS]


def _refuse(said: Submission, change: Change, *, final: bool) -> None:
    if said.kind == "change":
        if change.empty:
            raise CannotDo(
                "no file differs from the base. Make the change, or say kind `no_change_needed` "
                "or `needs_information`, with evidence"
            )
        return
    if not said.evidence:
        raise CannotDo(f"`{said.kind}` needs `evidence`: the commands you ran and what they showed")
    if said.kind == "needs_information" and not said.questions:
        raise CannotDo("`needs_information` needs `questions`: what must people answer?")
    if final and said.kind == "no_change_needed" and not change.empty:
        raise CannotDo("files differ from the base: revert them, or hand in kind `change`")


def _checklist(said: Submission, change: Change, checklist: tuple[str, ...]) -> str:
    files = [f"{one.status} {one_line(one.path, 300)} (+{one.added} -{one.removed})" for one in change.files]
    return render(
        "checklist",
        kind=said.kind,
        files=files[:_MOST_FILES],
        more=max(len(files) - _MOST_FILES, 0),
        diff=head_and_tail(change.diff.rstrip("\n"), _MOST_DIFF),
        checklist=checklist,
    )
