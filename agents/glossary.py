"""Japanese words of software and the English names that code gives them."""

from functools import lru_cache
from pathlib import Path

from agents.words import normalise

_FILE = Path(__file__).with_name("glossary.tsv")


def translate(text: str) -> tuple[str, ...]:
    """The English words for the Japanese terms in a normalised text, each once, longest terms first."""
    found: dict[str, None] = {}
    for japanese, english in _entries():
        if japanese in text:
            found.update(dict.fromkeys(english))
    return tuple(found)


@lru_cache(maxsize=1)
def _entries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    rows = (line.split("\t") for line in _FILE.read_text("utf-8").splitlines() if "\t" in line)
    entries = ((normalise(japanese), tuple(english.split())) for japanese, english in rows)
    return tuple(sorted(entries, key=lambda entry: (-len(entry[0]), entry[0])))
