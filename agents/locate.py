"""Where to look first: the files of a repository that an issue's fix most likely changes.

BM25 over content, path and the names that a file defines, and on top what a reader would go by: a file named
outright, a stack trace, the definition of a name that the issue uses, a test that says what the issue says.
Code comes first unless the title is about something else. docs/localisation.md has how often it is right.
"""

from collections import Counter
from collections.abc import Sequence
from math import fsum, log, sqrt
from pathlib import PurePosixPath

from agents.clues import Clues
from agents.definition import defined_terms, defines
from agents.mention import mentioned
from agents.nearby import in_path
from agents.source_kind import kind_of, wanted_kinds, worth
from agents.tested import subjects
from agents.words import identifiers, name_terms, split_identifier
from domain.frozen import Frozen

K1, B = 1.2, 0.4
DEFINED, TESTED = 0.8, 0.8
DEFINES, SAME_NAME = 0.2, 0.4
MOST_BOOST = 2.5
LONGEST_FILE = 1_000_000
_CLOSELY = 200  # files whose definitions are read


class SourceFile(Frozen):
    """A file of the repository: POSIX path from its root, and its text."""

    path: str
    text: str


class Located(Frozen):
    """A file and how likely it is to change; the best of one call has 1, and calls don't compare."""

    path: str
    score: float


class _Known:
    """Which names the issue's words stand in, each looked at once however many files use it."""

    def __init__(self, clues: Clues) -> None:
        self.terms: dict[str, tuple[str, ...]] = {}
        self._weights = clues.weights
        self._seen: set[str] = set()

    def matching(self, names: Counter[str]) -> set[str]:
        """Those of a file's names in which words of the issue stand."""
        for name in names.keys() - self._seen:
            if found := tuple(term for term in name_terms(name) if term in self._weights):
                self.terms[name] = found
        self._seen |= names.keys()
        return names.keys() & self.terms.keys()


class _Counted:
    """How often the issue's words stand in one file, and how long the file is."""

    def __init__(self, file: SourceFile, clues: Clues, known: _Known) -> None:
        self.text = file.text[:LONGEST_FILE]
        names = count_names(self.text)
        self.length = sum(names.values())
        self.names = names.keys() & clues.names
        self.terms: Counter[str] = Counter()
        for name in known.matching(names):
            for term in known.terms[name]:
                self.terms[term] += names[name]
        for term in clues.japanese:
            if count := self.text.count(term):
                self.terms[term] += count
        self.in_path = in_path(file.path, clues.weights)
        self.called = "".join(split_identifier(PurePosixPath(file.path).name.partition(".")[0]))


def locate(files: Sequence[SourceFile], text: str, limit: int = 10) -> tuple[Located, ...]:
    """The likeliest files first, at most `limit`; the first line of `text` counts as the title.

    Deterministic; equal scores go by path. Files without any sign of the issue are left out.
    """
    clues = Clues(text)
    known = _Known(clues)
    counted = [_Counted(file, clues, known) for file in files]
    paths = [file.path for file in files]
    kinds = [kind_of(path) for path in paths]
    wanted = wanted_kinds(clues.title)
    worths = [worth(kind, wanted) for kind in kinds]
    tests = {} if "test" in wanted else subjects(paths, kinds)
    scores = _weighed(counted, clues, tests, worths)
    scale = max(scores, default=0.0) or 1.0
    for at, share in mentioned(paths, clues).items():
        scores[at] += share * scale * sqrt(worths[at])
    best = max(scores, default=0.0)
    order = sorted((at for at, one in enumerate(scores) if one > 0), key=lambda at: (-scores[at], paths[at]))
    return tuple(Located(path=paths[at], score=round(scores[at] / best, 4)) for at in order[: max(limit, 0)])


def count_names(text: str) -> Counter[str]:
    """Every identifier of a text and how often it stands there."""
    return Counter(identifiers(text))


def _weighed(counted: list[_Counted], clues: Clues, tests: dict[int, int], worths: Sequence[float]) -> list[float]:
    """The words' scores, with what tests, definitions and the kind of file add."""
    inside = Counter(term for one in counted for term in one.terms)
    rare = {
        term: weight * log(1 + (len(counted) - inside[term] + 0.5) / (inside[term] + 0.5))
        for term, weight in clues.weights.items()
    }
    scores = _bm25(counted, rare)
    plain = list(scores)
    for test, subject in tests.items():
        if plain[test]:
            scores[subject] = max(scores[subject], plain[subject] + TESTED * plain[test])
    closely = sorted(range(len(scores)), key=lambda at: -scores[at] * worths[at])[:_CLOSELY]
    called = {"".join(split_identifier(name)) for name in clues.names}
    for at in closely:
        if scores[at]:
            count = defined_terms(counted[at].text)
            scores[at] += fsum(rare[term] * DEFINED * n / (n + 1) for term, n in count.items() if term in rare)
            scores[at] *= _boost(counted[at], called)
    return [score * factor for score, factor in zip(scores, worths, strict=True)]


def _bm25(counted: list[_Counted], rare: dict[str, float]) -> list[float]:
    average = sum(one.length for one in counted) / max(len(counted), 1) or 1.0
    scores = []
    for one in counted:
        room = K1 * (1 - B + B * one.length / average)
        score = fsum(rare[term] * count * (K1 + 1) / (count + room) for term, count in one.terms.items())
        scores.append(score + fsum(rare[term] * worth for term, worth in one.in_path.items()))
    return scores


def _boost(one: _Counted, called: set[str]) -> float:
    """More for a file that defines what the issue names, or is called like it."""
    factor = 1.0 + DEFINES * sum(defines(one.text, name) for name in one.names)
    if one.called and one.called in called:
        factor += SAME_NAME
    return min(factor, MOST_BOOST)
