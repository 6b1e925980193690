"""Where to look first: the files of a repository that an issue's fix most likely changes.

BM25 over content and path, with what a reader would see at once on top: a file named outright, a
stack trace, a definition of a name that the issue uses. Code comes first unless the issue is about
something else.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log

from agents.glossary import translate
from agents.markdown import find_paths, read_markdown
from agents.source_kind import kind_of, wanted_kinds, worth
from agents.words import has_japanese, identifiers, japanese_terms, normalise, split_identifier, stem, words
from domain.frozen import Frozen

K1, B = 1.2, 0.6
TITLE_WEIGHT, CODE_WEIGHT, PART_WEIGHT = 2.5, 1.5, 0.5
NAME_WEIGHT, FOLDER_WEIGHT = 3.0, 1.2
SAME_NAME, DEFINES = 1.6, 2.2
MENTIONED, NAMED, TRACED = 60.0, 30.0, 25.0
LONGEST_FILE, LONGEST_QUERY = 200_000, 60_000
MOST_TERMS = 220
_DEFINITION = re.compile(
    r"\b(?:def|class|function|func|fn|interface|type|struct|enum|trait|module|const|let|var|val|fun|object|record|protocol)"
    r"\s+(?:\([^()\n]{0,80}\)\s*)?([A-Za-z_]\w*)"
)
_METHOD = re.compile(r"^\s+(?:[a-z]+\s+){0,4}[\w<>\[\],.?]{0,60}\s?([A-Za-z_]\w*)\s*\([^;\n]{0,200}\)\s*\{", re.MULTILINE)
_FRAME = re.compile(r"\bFile \"([^\"\n]{1,300})\", line \d+|\bat [^\n(]{0,200}\(([^()\n]{1,300}?):\d+(?::\d+)?\)|([\w./\\@-]{1,200}\.\w{1,6}):\d+")
_DOTTED = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){1,8}\b")
_STOP = frozenset(
    "the and for with that this not are was but have has had from when what which who you your our can cant could should would will its "
    "does did done doing been being into than then them they their there these those some any all each every more most only also just use "
    "used using user users get got see seen show want need like make made work works working here how why where while after before other one "
    "two same such very too still even may might must about over under between both either neither because since until if else true false none "
    "null self return import def class function error errors issue issues bug bugs problem expected actual behavior behaviour steps reproduce "
    "version please thanks hello would com http https www github example code line file files new add added adding fix fixed fixes is it to of "
    "in on at by an as be or no so we do up out my me am he us".split()
)


class SourceFile(Frozen):
    """A file of the repository: POSIX path from its root, and its text."""

    path: str
    text: str


class Located(Frozen):
    """A file and how likely it is to change; scores compare within one call only, the best is 1."""

    path: str
    score: float


def locate(files: Sequence[SourceFile], text: str, limit: int = 10) -> tuple[Located, ...]:
    """The likeliest files first, at most `limit`; the first line of `text` counts as the title.

    Deterministic; equal scores go by path. Files without any sign of the issue are left out.
    """
    query = _Query(text[:LONGEST_QUERY])
    corpus = [_Counted(file, query) for file in files]
    scores = _bm25(corpus, query)
    wanted = wanted_kinds(query.title)
    named = _named(files, query)
    for at, counted in enumerate(corpus):
        scores[at] *= _boost(counted, query) * worth(kind_of(counted.path), wanted)
        scores[at] += named.get(at, 0.0)
    best = max(scores, default=0.0)
    if best <= 0:
        return ()
    order = sorted((at for at in range(len(files)) if scores[at] > 0), key=lambda at: (-scores[at], files[at].path))
    return tuple(Located(path=files[at].path, score=round(scores[at] / best, 4)) for at in order[: max(limit, 0)])


class _Query:
    """The issue's words, weighted: those of the title and of code weigh more, parts of names less."""

    def __init__(self, text: str) -> None:
        self.title, _, body = text.strip().partition("\n")
        markdown = read_markdown(body)
        self.paths = tuple(dict.fromkeys((*find_paths(self.title), *markdown.paths)))
        self.frames = _frames(text)
        self.dotted = tuple(dict.fromkeys(name.casefold() for name in _DOTTED.findall(text)))
        self.weights: Counter[str] = Counter()
        self.names: set[str] = set()
        self._take(self.title, TITLE_WEIGHT)
        for zone in markdown.zones:
            self._take(zone.text, {"aside": 0.3, "heading": 0.3, "code": 0.6}.get(zone.kind, 1.0))
        for inline in re.findall(r"`([^`\n]{1,120})`", text):
            self._take(inline, CODE_WEIGHT)
        kept = sorted(self.weights.items(), key=lambda item: (-item[1], item[0]))[:MOST_TERMS]
        self.weights = Counter({term: min(weight, 6.0) for term, weight in kept})
        self.japanese = tuple(term for term in self.weights if has_japanese(term))

    def _take(self, text: str, weight: float) -> None:
        for name in identifiers(text):
            if has_japanese(name):
                continue
            parts = split_identifier(name)
            if len(parts) > 1:
                self.names.add(name)
                self._add("".join(parts), weight * CODE_WEIGHT)
            for part in parts:
                self._add(part, weight * (PART_WEIGHT if len(parts) > 1 else 1.0))
            if len(parts) == 1 and name[:1].isupper() and len(name) > 3:  # noqa: PLR2004 - `Cart` may be a class
                self.names.add(name)
        if has_japanese(text):
            plain = normalise(text)
            for term in japanese_terms(plain):
                self._add(term, weight)
            for english in translate(plain):
                self._add(english, weight * 0.8)

    def _add(self, word: str, weight: float) -> None:
        if len(word) > 1 and word not in _STOP and not word.isdigit():
            self.weights[stem(word)] += weight / (1 + 0.3 * self.weights[stem(word)])


class _Counted:
    """How often the query's terms stand in one file, and how long the file is."""

    def __init__(self, file: SourceFile, query: _Query) -> None:
        text = file.text[:LONGEST_FILE]
        self.path = file.path
        self.text = text
        names = Counter(identifiers(text))
        self.length = sum(names.values())
        self.names = names.keys() & query.names
        self.terms: Counter[str] = Counter()
        for name, count in names.items():
            for term in _terms_of(name):
                if term in query.weights:
                    self.terms[term] += count
        for term in query.japanese:
            if found := text.count(term):
                self.terms[term] += found


_cache: dict[str, tuple[str, ...]] = {}


def _terms_of(name: str) -> tuple[str, ...]:
    found = _cache.get(name)
    if found is None:
        parts = split_identifier(name)
        whole = ("".join(parts),) if len(parts) > 1 else ()
        found = tuple({stem(part) for part in (*parts, *whole)})
        if len(_cache) > 500_000:  # noqa: PLR2004 - a bound, so that a long-lived node does not grow
            _cache.clear()
        _cache[name] = found
    return found
