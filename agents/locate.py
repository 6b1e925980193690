"""Where to look first: the files of a repository that an issue's fix most likely changes.

BM25 over content and path, and on top what a reader would go by: a file named outright, a stack
trace, the definition of a name that the issue uses. Code comes first unless the title is about
something else.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log, sqrt
from pathlib import PurePosixPath

from agents.clues import Clues
from agents.source_kind import kind_of, wanted_kinds, worth
from agents.words import identifiers, split_identifier, stem
from domain.frozen import Frozen

K1, B = 1.2, 0.6
NAME, FOLDER = 1.3, 0.7
DEFINED, SAME_NAME = 0.1, 0.4
MOST_BOOST = 2.5
MENTIONED, NAMED, DOTTED, TRACED = 1.0, 0.7, 0.45, 0.9
MOST_FRAMES = 12
LONGEST_FILE = 300_000

_KEYWORDS = (
    r"(?:def|class|function\*?|func|fn|interface|type|struct|enum|trait|module|const|let|var|val|fun|object|record"
    r"|protocol|macro_rules!)"
)


class SourceFile(Frozen):
    """A file of the repository: POSIX path from its root, and its text."""

    path: str
    text: str


class Located(Frozen):
    """A file and how likely it is to change; the best of one call has 1, and calls don't compare."""

    path: str
    score: float


class _Counted:
    """How often the issue's words stand in one file, and how long the file is."""

    def __init__(self, file: SourceFile, clues: Clues, known: dict[str, tuple[str, ...]]) -> None:
        self.path = PurePosixPath(file.path)
        self.text = file.text[:LONGEST_FILE]
        names = Counter(identifiers(self.text))
        self.length = sum(names.values())
        self.names = names.keys() & clues.names
        self.terms: Counter[str] = Counter()
        for name, count in names.items():
            matching = known.get(name)
            if matching is None:
                matching = known[name] = tuple(term for term in _terms(name) if term in clues.weights)
            for term in matching:
                self.terms[term] += count
        for term in clues.japanese:
            if count := self.text.count(term):
                self.terms[term] += count
        self.stem_terms = set(_terms(self.path.name.partition(".")[0]))
        self.folder_terms = {term for part in self.path.parts[:-1] for term in _terms(part)}


def locate(files: Sequence[SourceFile], text: str, limit: int = 10) -> tuple[Located, ...]:
    """The likeliest files first, at most `limit`; the first line of `text` counts as the title.

    Deterministic; equal scores go by path. Files without any sign of the issue are left out.
    """
    clues = Clues(text)
    known: dict[str, tuple[str, ...]] = {}
    counted = [_Counted(file, clues, known) for file in files]
    wanted = wanted_kinds(clues.title)
    kinds = [worth(kind_of(file.path), wanted) for file in files]
    scores = [
        bm25 * _boost(one, clues) * kind for one, bm25, kind in zip(counted, _bm25(counted, clues), kinds, strict=True)
    ]
    scale = max(scores, default=0.0) or 1.0
    for at, share in _pointed_at(files, clues).items():
        scores[at] += share * scale * sqrt(kinds[at])
    best = max(scores, default=0.0)
    order = sorted((at for at, one in enumerate(scores) if one > 0), key=lambda at: (-scores[at], files[at].path))
    return tuple(Located(path=files[at].path, score=round(scores[at] / best, 4)) for at in order[: max(limit, 0)])


@lru_cache(maxsize=500_000)
def _terms(name: str) -> tuple[str, ...]:
    parts = split_identifier(name)
    whole = ("".join(parts),) if len(parts) > 1 else ()
    return tuple({stem(part) for part in (*parts, *whole)})


def _bm25(counted: list[_Counted], clues: Clues) -> list[float]:
    average = sum(one.length for one in counted) / max(len(counted), 1) or 1.0
    inside = Counter(term for one in counted for term in one.terms)
    scores = []
    for one in counted:
        room = K1 * (1 - B + B * one.length / average)
        score = 0.0
        for term, weight in clues.weights.items():
            count = one.terms.get(term, 0)
            in_path = NAME * (term in one.stem_terms) + FOLDER * (term in one.folder_terms)
            if count or in_path:
                rarity = log(1 + (len(counted) - inside[term] + 0.5) / (inside[term] + 0.5))
                score += weight * rarity * (count * (K1 + 1) / (count + room) + in_path)
        scores.append(score)
    return scores


def _boost(one: _Counted, clues: Clues) -> float:
    """More for a file that defines what the issue names, or is called like it."""
    factor = 1.0
    for name in one.names:
        if _definition(name).search(one.text):
            factor += DEFINED
    called = "".join(split_identifier(one.path.name.partition(".")[0]))
    if called and any("".join(split_identifier(name)) == called for name in clues.names):
        factor += SAME_NAME
    return min(factor, MOST_BOOST)


@lru_cache(maxsize=1_000)
def _definition(name: str) -> re.Pattern[str]:
    quoted = re.escape(name)
    by_keyword = rf"\b{_KEYWORDS}[ \t]+(?:\([^()\n]{{0,80}}\)[ \t]*)?{quoted}\b"
    assigned = rf"^[ \t]*{quoted}[ \t]*[:=][^=]"
    method = rf"^[ \t]+(?:[\w<>\[\],?]+[ \t]+){{0,5}}{quoted}[ \t]*\([^;\n]{{0,200}}\{{[ \t]*$"
    return re.compile(f"{by_keyword}|{assigned}|{method}", re.MULTILINE)


def _pointed_at(files: Sequence[SourceFile], clues: Clues) -> dict[int, float]:
    """What the issue points at outright: paths, file names, dotted names, frames of a stack trace."""
    by_name: dict[str, list[int]] = {}
    by_stem: dict[str, list[int]] = {}
    for at, file in enumerate(files):
        name = file.path.rpartition("/")[2]
        by_name.setdefault(name.lower(), []).append(at)
        by_stem.setdefault(name.partition(".")[0], []).append(at)
    found: dict[int, float] = {}
    for path in clues.paths:
        hits = _same_path(path, by_name, files)
        for at in hits:
            found[at] = max(found.get(at, 0.0), (MENTIONED if "/" in path else NAMED) / len(hits))
    traced = dict.fromkeys(at for path in clues.frames for at in _same_path(path, by_name, files)[:1])
    for number, at in enumerate(list(traced)[:MOST_FRAMES], start=1):
        found[at] = max(found.get(at, 0.0), TRACED / number)
    for name in clues.dotted:
        hits = _same_module(name.split("."), by_stem, files)
        for at in hits:
            found[at] = max(found.get(at, 0.0), DOTTED / len(hits))
    return found


def _same_path(path: str, by_name: dict[str, list[int]], files: Sequence[SourceFile]) -> list[int]:
    """The files whose path ends like this one; the longest agreement wins."""
    wanted = path.lower().split("/")
    agreements: list[tuple[int, int]] = []
    for at in by_name.get(wanted[-1], ()):
        have = files[at].path.lower().split("/")
        same = 0
        while same < min(len(have), len(wanted)) and have[-1 - same] == wanted[-1 - same]:
            same += 1
        agreements.append((same, at))
    most = max((same for same, _ in agreements), default=0)
    return [at for same, at in agreements if same == most]


def _same_module(parts: list[str], by_stem: dict[str, list[int]], files: Sequence[SourceFile]) -> list[int]:
    """The files that a dotted name stands for, as a module or as something in one."""
    for length in range(len(parts), 1, -1):
        hits = []
        for at in by_stem.get(parts[length - 1], ()):
            have = files[at].path.rpartition(".")[0].split("/")
            if have[-length:] == parts[:length] or (length > 2 and have[-length + 1 :] == parts[1:length]):  # noqa: PLR2004
                hits.append(at)
        if hits:
            return hits
    return []
