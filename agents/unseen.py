"""Text that a page holds and does not draw, or draws so that nobody sees it: alternatives, titles, white on white.

Code is left as it is: there the forge shows everything. Every pattern is bounded, for strangers write the text.
"""

import re

from domain.frozen import Frozen

_FENCED = r"(?P<code>^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)"
_SPAN = r"|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
# One word is a file's name, or what forges write themselves.
_WORDS = r"\s*[^\s\]]+\s+[^\]\n]{1,4000}"
_QUOTED = r"\"[^\"\n]{1,4000}\"|'[^'\n]{1,4000}'"
_ALTERNATIVE = rf"|(?P<alternative>!\[{_WORDS}\](?=[(\[]))"
_TITLE = rf"|(?P<title>(?<=\]\()(?P<to><[^>\n]{{0,2000}}>|[^\s()<>]{{1,2000}})[ \t]+(?:{_QUOTED})(?=[ \t]*\)))"
_NAMED = r"(?P<name> {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S{1,2000})"
_DEFINED = rf"|(?P<defined>^{_NAMED}[ \t]+(?:{_QUOTED}|\([^)\n]{{1,4000}}\))[ \t]*$)"
_TAG = r"|(?P<tag><[A-Za-z][A-Za-z0-9-]{0,30}\s[^<>]{0,4000}>)"
_FORMULA = r"|(?P<drawn>\\(?:color|textcolor|colorbox|fcolorbox|phantom|hphantom|vphantom|tiny)\b)"
_ANY = re.compile(_FENCED + _SPAN + _ALTERNATIVE + _TITLE + _DEFINED + _TAG + _FORMULA, re.DOTALL | re.MULTILINE)
_ASIDE = re.compile(rf"\s{{1,100}}(?:alt|title|aria-[a-z]{{1,20}})\s*=\s*(?:{_QUOTED})", re.IGNORECASE)
_STYLED = re.compile(r"\s(?:hidden|style|color|bgcolor)(?=[\s=/>])", re.IGNORECASE)


class Drawn(Frozen):
    """The text without what is not drawn; `taken` texts are out, `styled` parts are still in it."""

    text: str
    taken: int = 0
    styled: int = 0


def drawn(text: str) -> Drawn:
    """Take out alternative texts of several words and titles; count what may be drawn invisibly, which stays."""
    counts = {"taken": 0, "styled": 0}

    def instead(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["tag"]:
            kept, found = _ASIDE.subn("", match[0])
            counts["taken"] += found
            counts["styled"] += bool(_STYLED.search(kept))
            return kept
        if match["drawn"]:
            counts["styled"] += 1
            return match[0]
        counts["taken"] += 1
        return "![]" if match["alternative"] else match["to"] or match["name"]

    return Drawn(text=_ANY.sub(instead, text), **counts)
