"""Reading: whom an issue is for by what it is like, where it describes symptoms and names no technical word.

A small multilingual embedding turns the text into a vector; a linear map, fitted to labelled issues and to
the phrases in examples/, turns that into a share for each built-in specialist. Where the embedding is not
installed, or the text is too short to be like anything, nothing is read and the words decide alone.
"""

import re
from functools import lru_cache

from agents.likeness import Likeness
from agents.markdown import read_markdown
from domain.issue import Issue

_MOST_BYTES, _MOST_CODE = 480, 120
_FEWEST_LETTERS = 6
_HALF = 20  # bytes of text that are half believed; three lines are believed nearly whole
_LETTER = re.compile(r"[^\W\d_]")


def read(issue: Issue) -> tuple[Likeness, ...]:
    """A likeness for each built-in specialist, or nothing. The first call of a process loads the embedding.

    The shares of a short text are smaller: it can be like many things.
    """
    text = gist(issue)
    if len(_LETTER.findall(text)) < _FEWEST_LETTERS:
        return ()
    belief = trust(text)
    return tuple(one.model_copy(update={"share": round(one.share * belief, 3)}) for one in _read(text))


def trust(text: str) -> float:
    """How far to believe what was read in a text of this length, 0 to 1."""
    length = len(text.encode("utf-8", "replace"))
    return length / (length + _HALF)


def gist(issue: Issue) -> str:
    """The title, what the body says in prose and the start of its code, cut to 480 bytes (under 180 tokens).

    What templates add (comments, ticked boxes, environments, headings) is left out.
    """
    zones = read_markdown(issue.body[: 40 * _MOST_BYTES]).zones
    said = " ".join(zone.text for zone in zones if zone.kind in {"lead", "prose"})
    code = " ".join(zone.text for zone in zones if zone.kind == "code")[:_MOST_CODE]
    text = f"{' '.join(issue.title.split())}\n{' '.join(f'{said} {code}'.split())}".replace("\0", "")
    return text.encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore").strip()


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[Likeness, ...]:
    try:
        from agents.embedding import nearest
    except ImportError:
        return ()
    return nearest(text)
