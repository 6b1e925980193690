"""Words: one spelling for every text, cut into Latin words, Japanese terms and the parts of identifiers."""

import re
import unicodedata
from functools import lru_cache

JAPANESE = "\u3005\u3040-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff"

_ROUNDS = 4
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)
_LONG_VOWEL = re.compile(r"(?<=[\u30a1-\u30fa\u30fc]{2})\u30fc(?![\u30a1-\u30fa\u30fc])")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['\u2019\u02bc](?=[^\W\d_])")
_WORD = re.compile(rf"[^\W_{JAPANESE}]+")
_HAS_JAPANESE = re.compile(f"[{JAPANESE}]")
_JAPANESE_TERM = re.compile(r"[\u30a1-\u30fa\u30fc]{2,}|[\u3005\u4e00-\u9fff]{2,}")
_IDENTIFIER = re.compile(r"[^\W\d]\w*", re.ASCII)
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SUFFIXES = ("ations", "ation", "ators", "ator", "ates", "ated", "ating", "ions", "ion", "ings", "ing", "ers", "er")
_MORE_SUFFIXES = ("ors", "or", "ies", "ied", "ed", "es", "ate", "able", "s", "e", "y")
_SINGULAR = ("ss", "us", "sis", "dis", "his", "tis", "xis")
_STEM = 4
_PLURAL = 3


def normalise(text: str) -> str:
    """One spelling: NFKC, casefolded, no control characters or lone surrogates, no trailing long vowel mark.

    Idempotent. Whitespace stays as it is.
    """
    if text.isascii():
        return _UNPRINTABLE.sub(" ", text.lower())
    text = _UNPRINTABLE.sub(" ", text)
    for _ in range(_ROUNDS):
        folded = _LONG_VOWEL.sub("", unicodedata.normalize("NFKC", text.casefold()))
        if folded == text:
            break
        text = folded
    return text


def words(text: str) -> tuple[str, ...]:
    """The Latin (or other spaced) words of a normalised text; apostrophes vanish, `_` and `-` divide."""
    return tuple(_WORD.findall(_APOSTROPHE.sub("", text)))


def word_spans(text: str) -> list[tuple[str, int, int]]:
    """As `words`, each with where it starts and ends; the text must hold no inner apostrophes."""
    return [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]


def without_apostrophes(text: str) -> str:
    """`user's` becomes `users`, so that a word stays one word."""
    return _APOSTROPHE.sub("", text)


def has_japanese(text: str) -> bool:
    """Whether kana or kanji occur."""
    return _HAS_JAPANESE.search(text) is not None


def japanese_terms(text: str) -> tuple[str, ...]:
    """The katakana and the kanji runs of two characters and more: nearly every Japanese noun."""
    return tuple(_JAPANESE_TERM.findall(text))


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """The word less its English plural; short words and those in -ss, -us, -sis and the like stay."""
    if len(word) <= _PLURAL or not word.endswith("s") or word.endswith(_SINGULAR):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What related forms share: `validate`, `validator` and `validation` are one. At least four letters stay."""
    for endings in (_SUFFIXES, _MORE_SUFFIXES):
        for ending in endings:
            if word.endswith(ending) and len(word) - len(ending) >= _STEM:
                return word[: -len(ending)]
    return word


def identifiers(text: str) -> list[str]:
    """Every run of ASCII that could be an identifier, as written, in order, repeats included."""
    return _IDENTIFIER.findall(text)


@lru_cache(maxsize=200_000)
def split_identifier(name: str) -> tuple[str, ...]:
    """The lower-case parts of an ASCII camelCase or snake_case name: `getHTTPUrl_v2` -> get, http, url, v, 2."""
    return tuple(part.lower() for part in _HUMP.findall(name))


@lru_cache(maxsize=500_000)
def name_terms(name: str) -> tuple[str, ...]:
    """The stems of a name's parts and, if it has several, of the parts run together: what a name is found by."""
    parts = split_identifier(name)
    whole = ("".join(parts),) if len(parts) > 1 else ()
    return tuple({stem(part) for part in (*parts, *whole)})
