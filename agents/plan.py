"""The plan: does the work split by paths, so that specialists who are free now could do parts of it?"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from agents.hidden import visible
from agents.limits import Stopped
from agents.messages import calls_in, text
from agents.purse import Purse
from agents.render import render
from agents.repository_map import repository_map
from agents.specialist import Specialist
from agents.tools.cut import head, one_line
from domain.area import Area
from domain.case import Case
from domain.conversation import Block, Message, Query
from domain.frozen import Frozen
from domain.ports import Checkpoints
from domain.share import MOST_SHARES, Part, Plan
from domain.spend import Spend
from domain.transcript import RoundKey, Transcript

_MOST_ISSUE = 30_000
_MOST_TOKENS = 4_000
_LONGEST = 2_000
_SHARE: Block = {
    "type": "object",
    "properties": {
        "specialist": {"type": "string"},
        "paths": {"type": "array", "items": {"type": "string"}},
        "what": {"type": "string"},
    },
    "required": ["specialist", "paths", "what"],
    "additionalProperties": False,
}
SCHEMA: Block = {
    "type": "object",
    "properties": {"shares": {"type": "array", "items": _SHARE}, "reason": {"type": "string"}},
    "required": ["shares", "reason"],
    "additionalProperties": False,
}


class Land(Frozen):
    """What a plan divides: the files of the base, and those among them that nobody may be given."""

    paths: tuple[str, ...]
    protected: tuple[str, ...] = ()


class PlanRound(Frozen):
    """What came of asking; without parts the author does it all."""

    plan: Plan = Plan()
    spend: Spend = Spend()
    model_s: float = 0.0


async def known_plan(checkpoints: Checkpoints, key: RoundKey) -> PlanRound | None:
    """The plan that was paid for before; None if nobody was asked."""
    saved = await checkpoints.load(key)
    if saved is None or saved.plan is None:
        return None
    return PlanRound(plan=saved.plan, spend=saved.spend, model_s=saved.model_s)


async def make_plan(
    case: Case,
    author: Specialist,
    free: Sequence[Specialist],
    land: Land,
    may_give: Callable[[str], bool],
    purse: Purse,
    checkpoints: Checkpoints,
    key: RoundKey,
) -> PlanRound:
    """Ask once; an answer that can't be taken as it is means that nothing is split. Raises what `Model.ask` raises.

    `may_give` says whether a path, or what a glob names, may be given away.
    """
    query = Query(
        model=case.model,
        system=render("plan_system", specialist=author, most=MOST_SHARES),
        messages=(Message(role="user", content=(text(_question(case, free, land)),)),),
        max_tokens=_MOST_TOKENS,
        json_schema=SCHEMA,
    )
    try:
        reply = await purse.ask(query)
    except Stopped:
        return PlanRound()
    words = "" if calls_in(reply.message) else reply.text
    plan = read_plan(words, [one.name for one in free], land, may_give)
    kept = Transcript(spend=reply.spend, model_s=reply.seconds, stop="planned", plan=plan)
    await checkpoints.save(key, kept)
    return PlanRound(plan=plan, spend=reply.spend, model_s=reply.seconds)


def read_plan(words: str, free: Sequence[str], land: Land, may_give: Callable[[str], bool]) -> Plan:
    """The plan in an answer, whole or not at all: whatever is wrong with a part, nothing is split, for that reason."""
    try:
        parts, reason = _parts(words)
    except (ValueError, TypeError, KeyError, RecursionError):
        return Plan(reason="the plan could not be read")
    wrong = _wrong(parts, free, land, may_give)
    return Plan(reason=wrong) if wrong else Plan(parts=parts, reason=reason)


def _parts(words: str) -> tuple[tuple[Part, ...], str]:
    found: Any = json.loads(words)
    parts = tuple(_part(one) for one in found["shares"])
    return parts, one_line(str(found.get("reason") or ""), 300)


def _part(found: Any) -> Part:
    what, paths = found["what"], found["paths"]
    if not isinstance(what, str) or not isinstance(paths, list):
        raise TypeError("a part is made of words and a list of paths")
    try:
        area = Area(globs=tuple(paths))
        return Part(specialist=found["specialist"], area=area, what=head(visible(what).text.strip(), _LONGEST - 60))
    except ValidationError as error:
        raise ValueError("a part makes no sense") from error


def _wrong(parts: Sequence[Part], free: Sequence[str], land: Land, may_give: Callable[[str], bool]) -> str:
    if len(parts) > MOST_SHARES:
        return f"more than {MOST_SHARES} parts"
    for number, one in enumerate(parts):
        if one.specialist not in free:
            return f"{one_line(one.specialist, 40)} is not one of those who are free"
        if any(one.area.meets(other.area) for other in parts[:number]):
            return "two parts share a path"
        if any(map(one.area.holds, land.protected)) or not all(map(may_give, one.area.globs)):
            return "a part holds protected paths"
    given = [path for path in land.paths if any(one.area.holds(path) for one in parts)]
    if parts and (len(given) == len(land.paths) or any(map(_is_everything, parts))):
        return "nothing would be left for the author"
    return ""


def _is_everything(part: Part) -> bool:
    return any(set(glob) <= set("*?/") for glob in part.area.globs)


def _question(case: Case, free: Sequence[Specialist], land: Land) -> str:
    issue = visible(case.issue.body)
    said = f"{case.issue.digest}\0plan"
    return render(
        "plan",
        fence=hashlib.sha256(said.encode()).hexdigest()[:20],
        number=case.issue.number,
        title=one_line(visible(case.issue.title).text, 1_000),
        body=head(issue.text, _MOST_ISSUE),
        notes=issue.notes,
        comments=[head(visible(one.body).text, 4_000) for one in case.issue.comments[-5:]],
        free=free,
        map=repository_map(land.paths),
    )
