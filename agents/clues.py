"""Clues: what an issue says about where its fix belongs."""

import re
from collections import Counter

from agents.glossary import translate
from agents.markdown import find_paths, read_markdown
from agents.words import has_japanese, identifiers, japanese_terms, normalise, split_identifier, stem

TITLE, PROSE, HEADING, ASIDE, CODE, INLINE = 2.5, 1.0, 0.3, 0.25, 0.6, 1.5
WHOLE, PART, TRANSLATED, FAINT = 1.5, 0.5, 0.7, 0.4
MOST_TERMS, MOST_NAMES = 200, 60
HEAVIEST = 6.0
LONGEST = 60_000

_INLINE = re.compile(r"`([^`\n]{1,120})`")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_PYTHON_FRAME = re.compile(r"File \"([^\"\n]{1,300})\", line \d")
_OTHER_FRAME = re.compile(r"^[ \t]*(?:at\b|#\d+|from\b|\d+:)[^\n]{0,300}?[( ]([\w@./\\-]{1,200}\.[A-Za-z]{1,6}):\d", re.MULTILINE)
_CLASS_NAME = 4
_STOP = frozenset(
    """a about above add added adding after again all also always am an and another any anything are as at be because been before
    behavior behaviour being below between both bug bugs but by can cannot cant code com could current currently describe description
    did do does doesnt doing done dont each either else error errors etc even every example expected few file first fix fixed following
    for found from get getting gets give given go going good got great had happen happens has have he hello help here hi hope how however
    http https i id if im in instead into is isnt issue issues it its itself ive just know last least less let like line link little
    look looks lot made make makes making many may maybe me mean might more most much must my need needed needs never new no none not
    nothing now of off often ok on once one only or other others our out over own please possible probably problem problems quite
    rather really reproduce result results return right run running same see seem seems self sense set several shall she should show
    shows simple since so some something still such sure take than thank thanks that thats the their them then there these they thing
    things think this those though through time to too tried try trying two under until up us use used user users uses using very via
    want wants was way we well went were what whats when where whether which while who whole why will with within without wont work
    worked working works would wrong wrote www yes yet you your steps actual version import def class function github true false null
    """.split()
)
_FAINT_WORDS = frozenset(
    """allow allows support supports supported prevent prevents crash crashes crashed crashing raise raises raised fail fails failed failing
    failure miss missing incorrect incorrectly inconsistent invalid broken break breaks unexpected improve improvement remove removed change
    changed changes refactor provide provides throw throws thrown exception warning cause causes caused handle handled handling include
    includes display displays displayed open opens close closes create created creates check checks update updated different correct
    correctly properly random sometimes always default values value name names type types object objects data method methods call
    called calls instance instances option options custom empty multiple single specify specified test tests page ignore ignored
    """.split()
)


class Clues:
    """An issue's text as evidence: weighted word stems, names as written, paths, and stack frames.

    The first line is the title. `frames` come innermost first; `dotted` are names like `app.models`.
    """

    def __init__(self, text: str) -> None:
        text = text[:LONGEST].strip()
        self.title, _, body = text.partition("\n")
        self.paths = find_paths(text)
        self.frames = _frames(text)
        self.dotted = tuple(dict.fromkeys(_DOTTED.findall(text)))[:MOST_NAMES]
        self._names: dict[str, None] = {}
        self._raw: Counter[str] = Counter()
        self._take(self.title, TITLE)
        worth = {"lead": PROSE, "prose": PROSE, "heading": HEADING, "aside": ASIDE, "code": CODE}
        for zone in read_markdown(body).zones:
            self._take(zone.text, worth[zone.kind])
        for inline in _INLINE.findall(text):
            self._take(inline, INLINE)
        kept = sorted(self._raw.items(), key=lambda item: (-item[1], item[0]))[:MOST_TERMS]
        self.weights = {term: min(weight, HEAVIEST) for term, weight in kept}
        self.japanese = tuple(term for term in self.weights if has_japanese(term))
        self.names = frozenset(list(self._names)[:MOST_NAMES])

    def _take(self, text: str, weight: float) -> None:
        for name in identifiers(text):
            if not has_japanese(name):
                self._take_name(name, weight)
        if has_japanese(text):
            plain = normalise(text)
            for term in japanese_terms(plain):
                self._add(term, weight)
            for english in translate(plain):
                self._add(stem(english), weight * TRANSLATED)

    def _take_name(self, name: str, weight: float) -> None:
        parts = split_identifier(name)
        if len(parts) == 1:
            if parts[0] not in _STOP and not parts[0].isdigit():
                self._add(stem(parts[0]), weight * (FAINT if parts[0] in _FAINT_WORDS else 1.0))
                if name[:1].isupper() and len(name) >= _CLASS_NAME:
                    self._names.setdefault(name)
            return
        if parts:
            self._names.setdefault(name)
            self._add(stem("".join(parts)), weight * WHOLE)
        for part in parts:
            if part not in _STOP and not part.isdigit():
                self._add(stem(part), weight * PART)

    def _add(self, term: str, weight: float) -> None:
        if len(term) > 1:
            self._raw[term] += weight / (1 + self._raw[term] / 3)


def _frames(text: str) -> tuple[str, ...]:
    python = _PYTHON_FRAME.findall(text)[::-1]
    other = _OTHER_FRAME.findall(text)
    return tuple(dict.fromkeys(path.replace("\\", "/") for path in (*python, *other)))
