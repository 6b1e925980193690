"""Which files of a large repository to read at all: by the words of their paths, before anything is opened."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import fsum, log

from agents.clues import Clues
from agents.mention import mentioned
from agents.source_kind import kind_of, wanted_kinds, worth
from agents.words import name_terms, split_identifier

NAME, FOLDER, COMPOUND = 1.3, 0.7, 0.4
_SHORTEST = 3
_POINTED_AT, _NAMED = 1_000.0, 100.0
_UNREAD = frozenset(("lock", "generated", "data", "docs", "translation"))


def in_path(path: str, weights: dict[str, float]) -> dict[str, float]:
    """How an issue's words stand in a path: as parts of the file's name, of a folder's, or run together with others."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    found = {term: FOLDER for term in _folder_terms(folder) if term in weights}
    for term in name_terms(stem):
        if term in weights:
            found[term] = found.get(term, 0.0) + NAME
    joined = "".join(split_identifier(stem))
    for length in range(_SHORTEST, len(joined) - _SHORTEST + 1):
        for term in (joined[:length], joined[-length:]):
            if term in weights:
                found.setdefault(term, COMPOUND)
    return found


@lru_cache(maxsize=100_000)
def _folder_terms(folder: str) -> frozenset[str]:
    return frozenset(term for part in folder.split("/") for term in name_terms(part))


def by_path(paths: Sequence[str], text: str) -> tuple[str, ...]:
    """The paths that an issue is about by their words alone, best first; those without any sign are left out."""
    scores = _scores(paths, text)
    return tuple(paths[at] for at in sorted(scores, key=lambda at: (-scores[at], paths[at])))


def worth_reading(paths: Sequence[str], text: str, most: int) -> tuple[str, ...]:
    """At most `most` paths, in the order in which to read them.

    First those with words of the issue, then code, tests and the rest by path. What nobody edits or what only
    says it again (locks, built files, data, translations, documents) is left out unless its path is named.
    """
    scores = _scores(paths, text)
    wanted = wanted_kinds(text.strip().partition("\n")[0])
    kinds = [kind_of(path) for path in paths]
    worths = [worth(kind, wanted) for kind in kinds]
    unread = _UNREAD - wanted
    readable = [at for at, kind in enumerate(kinds) if kind not in unread or scores.get(at, 0.0) >= _NAMED]
    readable.sort(key=lambda at: (-scores.get(at, 0.0) * worths[at], -worths[at], paths[at]))
    return tuple(paths[at] for at in readable[:most])


def _scores(paths: Sequence[str], text: str) -> dict[int, float]:
    clues = Clues(text)
    hits = {at: found for at, path in enumerate(paths) if (found := in_path(path, clues.weights))}
    inside = Counter(term for found in hits.values() for term in found)
    rare = {term: clues.weights[term] * log(1 + len(paths) / count) for term, count in inside.items()}
    scores = {at: fsum(rare[term] * share for term, share in found.items()) for at, found in hits.items()}
    for at, share in mentioned(paths, clues).items():
        scores[at] = scores.get(at, 0.0) + share * _POINTED_AT
    return scores
