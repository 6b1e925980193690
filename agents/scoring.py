"""Which specialist an issue calls for: pure, offline, and the same every time.

Every term of every specialist is looked for in the title and in each part of the body. Where two
matches overlap, the longer one counts alone (`migration guide` is about a guide), whoever it belongs
to. A match is worth its tier times its place; the title outweighs the body, whose worth is bounded
however long it is. Shares of the sum are the scores.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from math import log2

from agents.markdown import Markdown, ZoneKind, find_paths, read_markdown
from agents.specialist import Specialist
from agents.term import Span, Term, Text, parse_term
from agents.words import normalise, words
from domain.frozen import Frozen
from domain.issue import Issue
from domain.routing import Routing, Score

DECISIVE, STRONG, WEAK = 5.0, 2.5, 0.7
TITLE = 3.0
OPENING = 1.2
LABEL_WHOLE, LABEL_WORD, PREFIX = 10.0, 7.0, 12.0
PATH, FENCE = 3.0, 3.0
ZONES: dict[ZoneKind, float] = {"lead": 1.0, "prose": 0.6, "heading": 0.4, "aside": 0.1, "code": 0.35}
BODY_WORTH = 22.0
DIMINISHING = 0.9
DEFAULT_PRIOR = 2.0
DOUBT = 4.0
SECONDARY = 0.3
MOST_SECONDARIES = 2
MOST_REASONS = 6
LONGEST_BODY = 60_000
LONGEST_LABEL = 100

_PREFIX = re.compile(r"\s*(?:\[([^\]]{1,40})\]|([^\s:()]{1,20}(?:\s[^\s:()]{1,20}){0,2})(?:\(([^)]{1,30})\))?!?\s*[:\uff1a]|\u3010([^\u3011]{1,40})\u3011)")
_LABEL_PARTS = re.compile(r"[\s/:_.,;&()\[\]\uff1a-]+")


class _Match(Frozen):
    owner: int
    term: str
    points: float
    span: Span


class _Evidence(Frozen):
    owner: int
    reason: str
    points: float


def score(issue: Issue, specialists: Sequence[Specialist]) -> Routing:
    """Weigh the issue's labels, title and body against every specialist.

    Scores lie between 0 and 1, rounded to three places, best first; equal ones keep the given order.
    At most two others that come near the first are secondaries. Without any signal the first
    specialist given (backend, unless disabled) is chosen and says so. `specialists` must not be empty.
    """
    body = read_markdown(issue.body[:LONGEST_BODY])
    body = body.model_copy(update={"paths": tuple(dict.fromkeys((*find_paths(issue.title[:LONGEST_BODY]), *body.paths)))})
    evidence = [
        *_from_labels(issue.labels, specialists),
        *_from_title(issue.title[:LONGEST_BODY], specialists),
        *_bounded(_from_body(body, specialists)),
    ]
    return _routing(evidence, specialists)


def _from_labels(labels: Iterable[str], specialists: Sequence[Specialist], what: str = "label") -> list[_Evidence]:
    found = []
    for label in labels:
        name = normalise(label[:LONGEST_LABEL])
        whole = " ".join(part for part in _LABEL_PARTS.split(name) if part)
        parts = set(whole.split())
        for owner, one in enumerate(specialists):
            known = _known_labels(one)
            points = LABEL_WHOLE if whole in known else LABEL_WORD if parts & known else 0.0
            if points:
                shown = " ".join(name.split())
                found.append(_Evidence(owner=owner, reason=f'{what} "{shown}"', points=points))
    return found


@lru_cache(maxsize=64)
def _known_labels(one: Specialist) -> frozenset[str]:
    return frozenset(" ".join(words(normalise(label))) or normalise(label) for label in one.signals.labels)


def _from_title(title: str, specialists: Sequence[Specialist]) -> list[_Evidence]:
    named: list[_Evidence] = []
    kept = ""
    rest = title
    while (match := _PREFIX.match(rest)) and len(kept) < LONGEST_LABEL:
        found = _from_prefix([group for group in match.groups() if group], specialists)
        named += found
        kept += "" if found else match[0]
        rest = rest[match.end() :]
    text = Text(kept + rest)
    opening = text.words[2][2] if len(text.words) > 2 else len(text.text)  # noqa: PLR2004 - the first three words
    return [*named, *_from_zone(text, "title", TITLE, specialists, opening)]


def _from_prefix(names: list[str], specialists: Sequence[Specialist]) -> list[_Evidence]:
    """`docs: ...`, `feat(api): ...`, `[UI] ...`: counts where the whole of it is a label."""
    found = _from_labels(names, specialists, "title prefix")
    return [one.model_copy(update={"points": PREFIX}) for one in found if one.points == LABEL_WHOLE]


def _from_body(body: Markdown, specialists: Sequence[Specialist]) -> list[_Evidence]:
    found = []
    for zone in body.zones:
        found += _from_zone(Text(zone.text), "body", ZONES[zone.kind], specialists)
    for owner, one in enumerate(specialists):
        paths = [path for path in body.paths if any(fnmatchcase(path, glob) for glob in one.signals.paths)]
        worth = PATH
        for path in paths[:3]:
            found.append(_Evidence(owner=owner, reason=f"path: {normalise(path)}", points=worth))
            worth /= 2
        languages = {fence.language for fence in body.fences} & set(one.signals.fences)
        found += [_Evidence(owner=owner, reason=f"code block: {name}", points=FENCE) for name in sorted(languages)]
    return found


def _bounded(evidence: list[_Evidence]) -> list[_Evidence]:
    total = sum(one.points for one in evidence)
    factor = BODY_WORTH / (BODY_WORTH + total)
    return [one.model_copy(update={"points": one.points * factor}) for one in evidence]


def _from_zone(
    text: Text, where: str, worth: float, specialists: Sequence[Specialist], opening: int = -1
) -> list[_Evidence]:
    counted: dict[tuple[int, str], list[_Match]] = {}
    for match in _longest(_matches(text, specialists)):
        counted.setdefault((match.owner, match.term), []).append(match)
    found = []
    for (owner, term), matches in counted.items():
        points = worth * matches[0].points * (1 + 0.4 * log2(len(matches)))
        if matches[0].span.end <= opening:
            points *= OPENING
        times = f" x{len(matches)}" if len(matches) > 1 else ""
        found.append(_Evidence(owner=owner, reason=f'{where}: "{_shown(term, matches[0], text)}"{times}', points=points))
    return _diminishing(one for one in found if one.points > 0)


def _diminishing(evidence: Iterable[_Evidence]) -> list[_Evidence]:
    """The n-th best reason of a specialist in one place is worth less than the first."""
    taken: dict[int, int] = {}
    found = []
    for one in sorted(evidence, key=lambda one: -one.points):
        number = taken[one.owner] = taken.get(one.owner, 0) + 1
        found.append(one.model_copy(update={"points": one.points / number**DIMINISHING}))
    return found


def _shown(term: str, match: _Match, text: Text) -> str:
    plain = not any(sign in term for sign in "|*^") and "..." not in term
    return term if plain else " ".join(text.text[match.span.start : match.span.end].split())


def _matches(text: Text, specialists: Sequence[Specialist]) -> list[_Match]:
    found = []
    for owner, one in enumerate(specialists):
        for points, terms in _tiers(one):
            for term in terms:
                found += [_Match(owner=owner, term=term.text, points=points, span=span) for span in text.find(term)]
    return found


@lru_cache(maxsize=64)
def _tiers(one: Specialist) -> tuple[tuple[float, tuple[Term, ...]], ...]:
    signals = one.signals
    tiers = ((DECISIVE, signals.decisive), (STRONG, signals.strong), (WEAK, signals.weak), (0.0, signals.ignore))
    return tuple((points, tuple(parse_term(term) for term in terms)) for points, terms in tiers)


def _longest(matches: list[_Match]) -> list[_Match]:
    """Those not inside a longer one; of equal spans each owner keeps its best, unless one says ignore."""
    kept: list[_Match] = []
    ends: list[Span] = []
    ordered = sorted(matches, key=lambda one: (one.span.start, -one.span.end, one.points))
    for match in ordered:
        if ends and ends[-1].holds(match.span) and (ends[-1] != match.span or _silenced(kept[-1], match)):
            continue
        if not ends or match.span.end > ends[-1].end or match.span == ends[-1]:
            kept.append(match)
            ends.append(match.span)
    return kept


def _silenced(kept: _Match, match: _Match) -> bool:
    return kept.points == 0 or kept.owner == match.owner


def _routing(evidence: list[_Evidence], specialists: Sequence[Specialist]) -> Routing:
    raw = [sum(one.points for one in evidence if one.owner == owner) for owner in range(len(specialists))]
    if not any(raw):
        reasons = ("no signal: default",)
        scores = [Score(agent=one.name, score=0.0, reasons=() if at else reasons) for at, one in enumerate(specialists)]
        return Routing(primary=scores[0].agent, secondary=(), scores=tuple(scores))
    raw[0] += DEFAULT_PRIOR
    whole = sum(raw) + DOUBT
    order = sorted(range(len(specialists)), key=lambda owner: (-round(raw[owner] / whole, 3), owner))
    scores = [
        Score(agent=specialists[owner].name, score=round(raw[owner] / whole, 3), reasons=_reasons(evidence, owner))
        for owner in order
    ]
    near = [one.agent for one in scores[1:] if one.reasons and one.score >= SECONDARY * scores[0].score]
    return Routing(primary=scores[0].agent, secondary=tuple(near[:MOST_SECONDARIES]), scores=tuple(scores))


def _reasons(evidence: list[_Evidence], owner: int) -> tuple[str, ...]:
    own = sorted((one for one in evidence if one.owner == owner), key=lambda one: -one.points)
    return tuple(dict.fromkeys(one.reason for one in own))[:MOST_REASONS]
