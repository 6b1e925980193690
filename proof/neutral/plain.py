"""Text for places without Markdown: titles and commit messages, where backticks protect nothing."""

import re

from proof.neutral.visible import cut, visible

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SCHEME = re.compile(r"(?:https?://|ftp://|mailto:|xmpp:|www\.)+", re.IGNORECASE)
_OTHERS_NUMBER = re.compile(r"(?<=[\w.-])#(?=\d)")
_NUMBER = re.compile(r"(?:#|GH-)(?=\d)", re.IGNORECASE)
_SKIPS_CHECKS = re.compile(
    r"\[\s*((?:skip|no)[ -](?:ci|actions|checks?)|(?:ci|actions)[ -](?:skip|no))\s*\]"
    r"|\*\*\*(NO_CI)\*\*\*|(skip-checks)\s*:",
    re.IGNORECASE,
)


def plain(text: str, limit: int = 4_000) -> str:
    """The text without anything that GitHub or a CI service acts on.

    `@name` gets a full-width at sign, `#12` becomes `issue 12`, addresses lose their scheme: a squash
    merge makes commit messages of titles and bodies, and keywords in those close issues too.
    """
    text = _SCHEME.sub("", _COMMENT.sub("", visible(text)))
    text = _NUMBER.sub("issue ", _OTHERS_NUMBER.sub(" issue ", text))
    text = _SKIPS_CHECKS.sub(_in_words, text.replace("@", "\uff20"))
    return cut(text.strip(), limit)


def line(text: str, limit: int) -> str:
    """The same on one line of at most `limit` characters, cut between words where that loses little."""
    text = " ".join(plain(text).split())
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    at_word = kept.rfind(" ")
    return f"{(kept[:at_word] if at_word > limit * 2 // 3 else kept).rstrip(' ,;:-')}…"


def _in_words(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group).replace("-", " ").replace("_", " ")
