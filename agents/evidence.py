"""Evidence: what in an issue speaks for which specialist, and how strongly.

Every term of every specialist is looked for in the title and in each part of the body. Where two
matches overlap, the longer one counts alone (`migration guide` is about a guide), whoever it belongs
to. A match is worth its tier times its place, and the n-th one in a place less than the first.
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

DECISIVE, STRONG, WEAK = 5.0, 2.5, 0.7
TITLE, OPENING, OPENING_WORDS = 3.0, 1.2, 3
ZONES: dict[ZoneKind, float] = {"lead": 1.0, "prose": 0.6, "heading": 0.4, "aside": 0.1, "code": 0.35}
LABEL_WHOLE, LABEL_WORD, PREFIX = 10.0, 7.0, 20.0
PATH, MOST_PATHS, FENCE = 3.0, 3, 3.0
REPEATED, DIMINISHING = 0.4, 0.9
BODY_WORTH = 22.0
LONGEST, LONGEST_LABEL = 60_000, 100

_PREFIX = re.compile(
    r"\s*(?:\[([^\]]{1,40})\]|\u3010([^\u3011]{1,40})\u3011"
    r"|([^\s:()]{1,20}(?:\s[^\s:()]{1,20}){0,2})(?:\(([^)]{1,30})\))?!?\s*[:\uff1a])"
)
_LABEL_PARTS = re.compile(r"[\s/:_.,;&()\[\]\uff1a-]+")


class Evidence(Frozen):
    """One reason for the specialist at the index `owner`, in words for people, and what it is worth."""

    owner: int
    reason: str
    points: float


class _Match(Frozen):
    owner: int
    term: str
    points: float
    span: Span


def gather(issue: Issue, specialists: Sequence[Specialist]) -> list[Evidence]:
    """All evidence of an issue. What the body can be worth is bounded, however long it is."""
    body = read_markdown(issue.body[:LONGEST])
    title = issue.title[:LONGEST]
    found = _from_body(body, specialists) + _from_paths(find_paths(title) + body.paths, specialists)
    factor = BODY_WORTH / (BODY_WORTH + sum(one.points for one in found))
    bounded = [one.model_copy(update={"points": one.points * factor}) for one in found]
    return [*_from_labels(issue.labels, specialists, "label"), *_from_title(title, specialists), *bounded]


def _from_labels(labels: Iterable[str], specialists: Sequence[Specialist], what: str) -> list[Evidence]:
    found = []
    for label in labels:
        name = " ".join(normalise(label[:LONGEST_LABEL]).split())
        parts = [part for part in _LABEL_PARTS.split(name) if part]
        for owner, one in enumerate(specialists):
            known = _known_labels(one)
            points = LABEL_WHOLE if " ".join(parts) in known else LABEL_WORD if known & set(parts) else 0.0
            if points:
                found.append(Evidence(owner=owner, reason=f'{what} "{name}"', points=points))
    return found


@lru_cache(maxsize=64)
def _known_labels(one: Specialist) -> frozenset[str]:
    plain = (normalise(label) for label in one.signals.labels)
    return frozenset(" ".join(words(label)) or label for label in plain)


def _from_title(title: str, specialists: Sequence[Specialist]) -> list[Evidence]:
    named: list[Evidence] = []
    kept = ""
    rest = title
    while (match := _PREFIX.match(rest)) and len(kept) < LONGEST_LABEL:
        found = _from_prefix([group for group in match.groups() if group], specialists)
        named += found
        kept += "" if found else match[0]
        rest = rest[match.end() :]
    text = Text(kept + rest)
    opening = text.words[OPENING_WORDS - 1][2] if len(text.words) >= OPENING_WORDS else len(text.text)
    return [*named, *_from_zone(text, "title", TITLE, specialists, opening)]


def _from_prefix(names: list[str], specialists: Sequence[Specialist]) -> list[Evidence]:
    """`docs: ...`, `feat(api): ...`, `[UI] ...`: counts where the whole of it is a label."""
    found = _from_labels(names, specialists, "title prefix")
    return [one.model_copy(update={"points": PREFIX}) for one in found if one.points == LABEL_WHOLE]


def _from_body(body: Markdown, specialists: Sequence[Specialist]) -> list[Evidence]:
    found = []
    for zone in body.zones:
        found += _from_zone(Text(zone.text), "body", ZONES[zone.kind], specialists)
    for owner, one in enumerate(specialists):
        languages = {fence.language for fence in body.fences} & set(one.signals.fences)
        found += [Evidence(owner=owner, reason=f"code block: {name}", points=FENCE) for name in sorted(languages)]
    return found


def _from_paths(paths: Sequence[str], specialists: Sequence[Specialist]) -> list[Evidence]:
    found = []
    for owner, one in enumerate(specialists):
        named = [path for path in paths if any(fnmatchcase(path, glob) for glob in one.signals.paths)]
        for number, path in enumerate(dict.fromkeys(named[:MOST_PATHS])):
            found.append(Evidence(owner=owner, reason=f"path: {normalise(path)}", points=PATH / 2**number))
    return found


def _from_zone(
    text: Text, where: str, worth: float, specialists: Sequence[Specialist], opening: int = -1
) -> list[Evidence]:
    counted: dict[tuple[int, str], list[_Match]] = {}
    for match in _longest(_matches(text, specialists)):
        if match.points:
            counted.setdefault((match.owner, match.term), []).append(match)
    found = []
    for (owner, term), matches in counted.items():
        points = worth * matches[0].points * (1 + REPEATED * log2(len(matches)))
        points *= OPENING if matches[0].span.end <= opening else 1.0
        times = f" x{len(matches)}" if len(matches) > 1 else ""
        reason = f'{where}: "{_shown(term, matches[0], text)}"{times}'
        found.append(Evidence(owner=owner, reason=reason, points=points))
    return _diminishing(found)


def _diminishing(evidence: list[Evidence]) -> list[Evidence]:
    taken: dict[int, int] = {}
    found = []
    for one in sorted(evidence, key=lambda one: (-one.points, one.reason)):
        number = taken[one.owner] = taken.get(one.owner, 0) + 1
        found.append(one.model_copy(update={"points": one.points / number**DIMINISHING}))
    return found


def _shown(term: str, match: _Match, text: Text) -> str:
    plain = not any(sign in term for sign in ("|", "*", "^", "..."))
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
    """Those not inside a longer one; of the same span each owner keeps its best."""
    kept: list[_Match] = []
    owners: set[int] = set()
    for match in sorted(matches, key=lambda one: (one.span.start, -one.span.end, -one.points)):
        last = kept[-1] if kept else None
        if last is None or match.span.end > last.span.end:
            kept.append(match)
            owners = {match.owner}
        elif match.span == last.span and match.owner not in owners:
            kept.append(match)
            owners.add(match.owner)
    return kept
