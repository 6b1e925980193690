"""A term: a word or phrase to look for in a text, and the text made ready for it.

The notation of the specialists' data files: `foreign key` is two words in a row; `a|b` either; `docker*`
every word that begins so; `add ... tests` with up to six words between; `^document` only as the first word.
Latin terms match whole words, singular or plural. Japanese has no spaces: there a term is a run of
characters, and a katakana or Latin end must not go on in the same script (`*` lifts that, and so do
four katakana in a row, which are hardly ever part of another word).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from agents.words import has_japanese, normalise, singular, without_apostrophes, word_spans
from domain.frozen import Frozen

_GAP = "..."
_GAP_WORDS = 6
_GAP_CHARACTERS = 16
_MOST = 40
_MOST_STARTS = 500
_SCRIPTS = (re.compile(r"[\u30a1-\u30fa\u30fc]"), re.compile(r"[^\W_]", re.ASCII))
_CLEAR_LENGTH = 4
_CLEAR = re.compile(r"[\u30a1-\u30fa\u30fc]{4}")


class Span(Frozen):
    """Where a term was found: characters of the normalised text, end excluded."""

    start: int
    end: int

    def holds(self, other: "Span") -> bool:
        """Whether the other lies in this one."""
        return self.start <= other.start and other.end <= self.end


class Step(Frozen):
    """One word of a Latin term (its alternatives), and how many words may stand before it."""

    words: tuple[str, ...]
    starts: tuple[str, ...] = ()
    gap: int = 0

    def accepts(self, word: str) -> bool:
        """Whether the word (normalised) is one of the alternatives."""
        return singular(word) in self.words or word.startswith(self.starts or ("\0",))


class Term(Frozen):
    """A parsed term: `steps` for a Latin one, `runs` (alternatives a part) for one with Japanese in it."""

    text: str
    steps: tuple[Step, ...] = ()
    runs: tuple[tuple[str, ...], ...] = ()
    first: bool = False


@lru_cache(maxsize=20_000)
def parse_term(text: str) -> Term:
    """Read the notation above. An empty term finds nothing."""
    plain = without_apostrophes(normalise(text.strip()))
    first = plain.startswith("^")
    plain = plain.removeprefix("^")
    if has_japanese(plain):
        parts = plain.split(_GAP)
        return Term(text=text, runs=tuple(tuple(part.strip().split("|")) for part in parts), first=first)
    steps: list[Step] = []
    for part in plain.split(_GAP):
        gap = _GAP_WORDS if steps else 0
        for chunk in part.split():
            for step in _steps(chunk):
                steps.append(step.model_copy(update={"gap": gap}))
                gap = 0
    return Term(text=text, steps=tuple(steps), first=first)


def _steps(chunk: str) -> list[Step]:
    if "|" not in chunk:
        found = [word for word, _, _ in word_spans(chunk)]
        plain = [Step(words=(singular(word),)) for word in found]
        if chunk.endswith("*") and found:
            plain[-1] = Step(words=(), starts=(found[-1],))
        return plain
    choices = [choice for choice in chunk.split("|") if choice]
    exact = tuple(singular(choice) for choice in choices if not choice.endswith("*"))
    return [Step(words=exact, starts=tuple(choice[:-1] for choice in choices if choice.endswith("*")))]


class Text:
    """A text made ready for many look-ups; each costs little more than the number of its hits."""

    def __init__(self, raw: str) -> None:
        self.text = without_apostrophes(normalise(raw))
        self.words = word_spans(self.text)
        self._japanese = has_japanese(self.text)
        self._at: dict[str, list[int]] = {}
        for number, (word, _, _) in enumerate(self.words):
            self._at.setdefault(word, []).append(number)
        self._sorted = sorted(self._at)
        self._singular: dict[str, list[str]] = {}
        for word in self._sorted:
            self._singular.setdefault(singular(word), []).append(word)

    def find(self, term: Term) -> list[Span]:
        """Where the term stands, in order, at most 40 times."""
        if term.steps:
            return self._find_words(term)
        if term.runs and self._japanese:
            return self._find_runs(term)
        return []

    def _find_words(self, term: Term) -> list[Span]:
        spans = []
        for start in self._starts(term.steps[0]):
            if term.first and start:
                break
            end = self._follow(term.steps, start)
            if end is not None:
                spans.append(Span(start=self.words[start][1], end=self.words[end][2]))
                if len(spans) == _MOST:
                    break
        return spans

    def _starts(self, step: Step) -> list[int]:
        found = [number for one in step.words for word in self._singular.get(one, ()) for number in self._at[word]]
        for prefix in step.starts:
            index = bisect_left(self._sorted, prefix)
            while index < len(self._sorted) and self._sorted[index].startswith(prefix):
                found += self._at[self._sorted[index]]
                index += 1
        return sorted(found)[:_MOST_STARTS]

    def _follow(self, steps: tuple[Step, ...], start: int) -> int | None:
        at = start
        for step in steps[1:]:
            window = range(at + 1, min(at + 2 + step.gap, len(self.words)))
            following = next((number for number in window if step.accepts(self.words[number][0])), None)
            if following is None:
                return None
            at = following
        return at

    def _find_runs(self, term: Term) -> list[Span]:
        spans = []
        for start, end in self._occurrences(term.runs[0], 0, len(self.text)):
            last = self._last_run(term.runs[1:], end)
            if last is not None and not (term.first and start):
                spans.append(Span(start=start, end=last))
        return spans[:_MOST]

    def _last_run(self, runs: tuple[tuple[str, ...], ...], end: int) -> int | None:
        for run in runs:
            following = next(self._occurrences(run, end, end + _GAP_CHARACTERS), None)
            if following is None:
                return None
            end = following[1]
        return end

    def _occurrences(self, choices: tuple[str, ...], low: int, high: int) -> Iterator[tuple[int, int]]:
        found = []
        for choice in choices:
            word = choice.strip("*")
            at = self.text.find(word, low, high) if word else -1
            tries = 0
            while at >= 0 and tries < _MOST:
                if self._bounded(at, at + len(word), choice):
                    found.append((at, at + len(word)))
                tries += 1
                at = self.text.find(word, at + 1, high)
        return iter(sorted(found))

    def _bounded(self, start: int, end: int, choice: str) -> bool:
        text, word = self.text, choice.strip("*")
        open_start = choice.startswith("*") or _CLEAR.match(word) is not None
        open_end = choice.endswith("*") or _CLEAR.match(word[-_CLEAR_LENGTH:]) is not None
        for script in _SCRIPTS:
            if not open_start and start and script.match(text[start]) and script.match(text[start - 1]):
                return False
            if not open_end and end < len(text) and script.match(text[end - 1]) and script.match(text[end]):
                return False
        return True
