"""Closing keywords: how a pull request says which issue it solves."""

import re

from adapters.github.text import prose

_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?[ \t]+"
    r"(?:(?P<repo>[\w.-]+/[\w.-]+)?\#|GH-|https?://[^\s/]+/(?:[^\s/]+/)*?(?P<url>[\w.-]+/[\w.-]+)/issues/)"
    r"(?P<number>\d{1,10})\b",
    re.IGNORECASE,
)


def closes(text: str, repo: str, issue: int) -> bool:
    """Whether a title or body closes the issue of `repo` by number, `owner/name#number` or address.

    The words are those of GitHub's "Linking a pull request to an issue"; code and hidden comments do not count.
    """
    return any(
        int(match["number"]) == issue and (match["repo"] or match["url"] or repo).lower() == repo.lower()
        for match in _CLOSES.finditer(prose(text))
    )
