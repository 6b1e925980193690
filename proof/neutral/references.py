"""What GitHub acts on inside text: mentions, references to issues, closing keywords, addresses."""

import re

# Keywords: GitHub, "Linking a pull request to an issue". The gap is wider than GitHub's, on purpose.
_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[^A-Za-z0-9]{0,40}"
    r"(?:(?:[\w.-]{1,100}/[\w.-]{1,100})?\#\d|GH-\d|https?://)",
    re.IGNORECASE,
)
LIVE = re.compile(
    r"(?P<url>(?:https?://|ftp://|mailto:|xmpp:|www\.)[!-;=?-_a-~]{1,2000})"
    r"|(?P<email>[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64})+)"
    r"|(?P<mention>@[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9._-]+)?)"
    r"|(?P<reference>(?:[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})?\#\d+|GH-\d+)",
    re.IGNORECASE,
)


def closes_something(text: str) -> bool:
    """Whether a closing keyword stands before a reference, whatever markup is between."""
    return _CLOSING.search(text) is not None
