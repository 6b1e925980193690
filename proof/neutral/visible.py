"""Only what people can see: controls, direction overrides and characters without a shape are dropped."""

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Letters and marks that show nothing although their category says otherwise; U+FE0F stays: emoji need it.
_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0000-\U000e0fff]"
)
_HIDDEN = {"Cc", "Cf", "Cs"}


def visible(text: str) -> str:
    """The text with newlines as line ends and without characters that nobody sees."""
    text = _SHAPELESS.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _HIDDEN)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at the end of a line where there is one, with a mark."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 2]
    at_line = kept.rfind("\n")
    return f"{(kept[:at_line] if at_line > limit // 2 else kept).rstrip()}\n…"
