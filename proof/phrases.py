"""Sentences that were recorded in English, shown in the reader's language.

Notes and reasons are part of results, which programs read; people get them translated where the
sentence is one of ours, and as it is where it is not.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from domain.frozen import Frozen
from domain.issue import Language
from proof import neutral
from proof.neutral import Links
from proof.wording import Words

_HOLE = "{}"


class _Phrase(Frozen):
    pattern: re.Pattern[str]
    text: str


def phrase(text: str, links: Links, say: Words) -> str:
    """The sentence in the reader's language, safe to publish."""
    return _translated(text, say.language, inner=True) or neutral.sentence(text, links)


def _translated(text: str, language: Language, *, inner: bool) -> str | None:
    """The sentence with what fills its holes as code; `inner`: one of ours in a hole is shown as a sentence too."""
    for known in _phrases(language):
        if match := known.pattern.fullmatch(text):
            return known.text.format(*(_filled(part, language, inner=inner) for part in match.groups()))
    return None


def _filled(part: str, language: Language, *, inner: bool) -> str:
    if part.isascii() and part.isdigit():
        return part
    return (_translated(part, language, inner=False) if inner else None) or neutral.code(part)


@cache
def _phrases(language: Language) -> tuple[_Phrase, ...]:
    file = files("proof.wording") / f"phrases.{language}.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))["phrases"] if file.is_file() else {}
    return tuple(
        _Phrase(pattern=re.compile("(.{1,2000}?)".join(map(re.escape, key.split(_HOLE))), re.DOTALL), text=text)
        for key, text in table.items()
    )
