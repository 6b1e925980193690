"""Clues: what an issue says about where its fix belongs."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from agents.glossary import translate
from agents.markdown import find_paths, read_markdown
from agents.words import has_japanese, identifiers, japanese_terms, normalise, split_identifier, stem

TITLE, PROSE, HEADING, ASIDE, CODE, INLINE = 1.5, 1.0, 0.3, 0.25, 0.6, 1.5
WHOLE, PART, TRANSLATED, COMMON, JOINED = 1.5, 0.5, 0.7, 0.4, 0.8
MOST_TERMS, MOST_NAMES = 300, 60
HEAVIEST = 6.0
LONGEST, LONGEST_NAME = 60_000, 80

_INLINE = re.compile(r"`([^`\n]{1,120})`")
_DOTTED = re.compile(r"\w+(?:\.\w+)*", re.ASCII)
_PYTHON_FRAME = re.compile(r"File \"([^\"\n]{1,300})\", line \d[^\n]{0,200}")
_OTHER_FRAME = re.compile(
    r"^[ \t]*(?:at\b|#\d+|from\b|\d+:)[^\n]{0,300}?[( ]([\w@./\\-]{1,200}\.[A-Za-z]{1,6}):\d", re.MULTILINE
)
_GO_FRAME = re.compile(r"^[ \t]+([\w@./~-]{1,200}\.go):\d+(?: \+0x|$)", re.MULTILINE)
_HYPHENATED = re.compile(r"(?<![\w./-])-{0,2}([a-z]+(?:-[a-z]+){1,4})(?![\w/-])")
_PIECE = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]+")
_RAISED = ("Exception", "Error", "Warning")
_CLASS_NAME = 4
_SHORTEST_JOINED = 5
_STOP = "stop_words.txt"
_FAINT = "faint_words.txt"


class Clues:
    """An issue's text as evidence: weighted word stems, names as written, paths, and stack frames.

    The first line is the title. `frames` come innermost first; `dotted` are names like `app.models`.
    """

    def __init__(self, text: str) -> None:
        text = text[:LONGEST].strip()
        self.title, _, body = text.partition("\n")
        self.frames = _frames(text)
        self.paths = tuple(path for path in find_paths(text) if path not in self.frames)
        dotted = (name for name in _DOTTED.findall(text) if "." in name and len(name) <= LONGEST_NAME)
        self.dotted = tuple(dict.fromkeys(dotted))[:MOST_NAMES]
        self._names: dict[str, None] = {}
        self._raw: dict[str, float] = {}
        self._take(self.title, TITLE)
        worth = {"lead": PROSE, "prose": PROSE, "heading": HEADING, "aside": ASIDE, "code": CODE}
        for zone in read_markdown(_PYTHON_FRAME.sub(" ", body)).zones:
            self._take(zone.text, worth[zone.kind])
        for inline in _INLINE.findall(text):
            self._take(inline, INLINE)
        kept = sorted(self._raw.items(), key=lambda item: (-item[1], item[0]))[:MOST_TERMS]
        self.weights = {term: min(weight, HEAVIEST) for term, weight in kept}
        self.japanese = tuple(term for term in self.weights if has_japanese(term))
        self.names = frozenset([name for name in self._names if not is_raised(name)][:MOST_NAMES])

    def _take(self, text: str, weight: float) -> None:
        for name in identifiers(text):
            if len(name) <= LONGEST_NAME:
                self._take_name(name, weight)
        for joined in _joined(text):
            self._add(stem(joined), weight * JOINED)
        for option in _HYPHENATED.findall(text):
            self._add(stem(option.replace("-", "")), weight * WHOLE)
        if has_japanese(text):
            plain = normalise(text)
            for term in japanese_terms(plain):
                self._add(term, weight)
            for english in translate(plain):
                self._add(stem(english), weight * TRANSLATED)

    def _take_name(self, name: str, weight: float) -> None:
        parts = split_identifier(name)
        if len(parts) == 1:
            if parts[0] not in _listed(_STOP) and not parts[0].isdigit():
                self._add(stem(parts[0]), weight * (COMMON if parts[0] in _listed(_FAINT) else 1.0))
                if name[:1].isupper() and len(name) >= _CLASS_NAME:
                    self._names.setdefault(name)
            return
        if parts:
            self._names.setdefault(name)
            self._add(stem("".join(parts)), weight * WHOLE)
        for part in parts:
            if part not in _listed(_STOP) and not part.isdigit():
                self._add(stem(part), weight * PART)

    def _add(self, term: str, weight: float) -> None:
        if len(term) > 1:
            before = self._raw.get(term, 0.0)
            self._raw[term] = before + weight / (1 + before / 3)


@lru_cache(maxsize=2)
def _listed(name: str) -> frozenset[str]:
    """Words that say nothing about where, or (faint) little."""
    return frozenset(Path(__file__).with_name(name).read_text("utf-8").split())


def _joined(text: str) -> Iterator[str]:
    """Neighbouring words run together: `has one` is written `hasOne` in code, and `data store` `datastore`."""
    pieces = _PIECE.findall(text)
    for one, between, two in zip(pieces, pieces[1:], pieces[2:], strict=False):
        if between in (" ", "-") and len(one) + len(two) >= _SHORTEST_JOINED and one[0].isalpha() and two[0].isalpha():
            yield f"{one}{two}".lower()


def is_raised(name: str) -> bool:
    """Whether a name is an exception's: what is raised is seldom what is wrong."""
    return name.endswith(_RAISED)


def _frames(text: str) -> tuple[str, ...]:
    python = _PYTHON_FRAME.findall(text)[::-1]
    found = (*python, *_OTHER_FRAME.findall(text), *_GO_FRAME.findall(text))
    paths = dict.fromkeys(path.replace("\\", "/").lstrip("./") for path in found)
    return tuple(path for path in paths if not is_raised(path.rpartition("/")[2].partition(".")[0]))
