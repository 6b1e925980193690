"""Text on its way in (hostile) and on its way out (bounded)."""

import re

BODY_LIMIT = 65_536
TITLE_LIMIT = 256
CUT = "\n\n[...]\n"

_LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but not tab and newline
    "\u202a-\u202e\u2066-\u2069"  # direction overrides: what people see is not what is read
    "\ud800-\udfff"  # halves of characters, which no file can hold
    "\U000e0000-\U000e007f]"  # tag characters: text that nobody sees
)
_SPAN = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`|<!--.*?(?:-->|\Z))", re.DOTALL)
_MENTION = re.compile(r"(?<![\w./@])@(?=[A-Za-z0-9])")


def clean(text: str) -> str:
    """The text with line ends as newlines, and without characters that people cannot see."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str, limit: int) -> str:
    """The cleaned text on one line of at most `limit` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def fit_body(text: str) -> str:
    """A body below the 65,536 characters that GitHub takes, cut at the end of a line."""
    if len(text) < BODY_LIMIT:
        return text
    kept = text[: BODY_LIMIT - 1 - len(CUT)]
    at_line = kept.rfind("\n")
    return (kept[:at_line] if at_line > 0 else kept) + CUT


def prose(markdown: str) -> str:
    """Markdown without code and hidden comments: GitHub reads no keywords there."""
    return _SPAN.sub(" ", markdown)


def unmentioned(markdown: str) -> str:
    """Markdown that calls nobody: a word of a model must not ring people; code stays as it is."""
    parts = _SPAN.split(markdown)
    return "".join(part if index % 2 else _MENTION.sub("@\u200b", part) for index, part in enumerate(parts))
