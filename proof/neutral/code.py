"""Code spans and fences that nothing inside them can leave."""

import re

from proof.neutral.visible import cut, visible

_RUN = re.compile(r"`+")
# GitHub draws these instead of showing them.
_DRAWN = {"mermaid", "geojson", "topojson", "stl", "math", "suggestion"}
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,30}")


def code(text: str, limit: int = 300) -> str:
    """A code span of one line and at most `limit` characters; empty text gives an empty text."""
    text = visible(text).replace("\n", " ").replace("\t", " ")
    if not text:
        return ""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    ticks = "`" * (_longest(text) + 1) if "`" in text else "`"
    padded = text.strip() and text.startswith(" ") and text.endswith(" ")
    space = " " if padded or text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(text: str, language: str = "", limit: int = 20_000) -> str:
    """A fenced block of the text as it is, less what nobody sees."""
    text = cut(visible(text).rstrip("\n"), limit)
    ticks = "`" * max(3, _longest(text) + 1)
    word = _LANGUAGE.match(language.strip())
    name = word.group() if word else ""
    return f"{ticks}{'text' if name.lower() in _DRAWN else name}\n{text}\n{ticks}"


def _longest(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)
