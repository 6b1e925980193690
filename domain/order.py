"""What a person asks for by a label or a comment."""

import re
from collections.abc import Iterable
from typing import Literal

from domain.case import Priority
from domain.frozen import Frozen

OrderKind = Literal["start", "stop", "retry", "approve", "say", "reply", "withdraw", "settle"]
TRIGGER = "claude"
_COMMAND = re.compile(r"[ \t]{0,3}/claude(?![\w/.-])[ \t:,]*(.*)", re.IGNORECASE)
_BARE = re.compile(r"/claude(?:[ \t:,]+[\w-]+)?[.!]?", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ACTS: dict[str, OrderKind] = {"stop": "stop", "retry": "retry", "approve": "approve", "": "start"}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_PRIORITY = re.compile(
    r"(?:priority|prio)\s*[:/=_ -]\s*(critical|urgent|high|normal|medium|low)|p([0-3])", re.IGNORECASE
)
_WORDS: dict[str, Priority] = {
    "critical": "critical",
    "urgent": "critical",
    "high": "high",
    "normal": "normal",
    "medium": "normal",
    "low": "low",
    "0": "critical",
    "1": "high",
    "2": "normal",
    "3": "low",
}
_ORDER: tuple[Priority, ...] = ("critical", "high", "normal", "low")


class Order(Frozen):
    """One thing to do about an issue. `say` carries text for the agent; `withdraw` says why in `text`."""

    kind: OrderKind
    specialist: str | None = None
    text: str = ""


def is_trigger(label: str) -> bool:
    """Whether the label asks for work: `claude`, or `claude:<specialty>`."""
    kind, colon, name = label.strip().lower().partition(":")
    return kind == TRIGGER and (not colon or _NAME.fullmatch(name.strip()) is not None)


def specialist_of(label: str) -> str | None:
    """The specialty that a trigger label names, None for any."""
    return label.strip().lower().partition(":")[2].strip() or None


def priority_of(labels: Iterable[str]) -> Priority:
    """The highest priority among labels like `priority: high`, `priority/critical`, `P1`; else normal."""
    found = [_WORDS[(match[1] or match[2]).lower()] for one in labels if (match := _PRIORITY.fullmatch(one.strip()))]
    return min(found, key=rank, default="normal")


def rank(priority: Priority) -> int:
    """0 for the most urgent."""
    return _ORDER.index(priority)


def command_in(comment: str, specialties: frozenset[str]) -> Order | None:
    """The order of the first line that begins with `/claude`, outside quotes and fenced code; None without one.

    `comment` is what readers see: hidden text must be taken out before. `specialties` are lower-case names and
    aliases. Source: the contract of comment commands.
    """
    lines = comment.splitlines()
    fence = ""
    for place, line in enumerate(lines):
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif opened := _FENCE.match(line):
            fence = opened[1]
        elif found := _COMMAND.fullmatch(line):
            return _order(found[1], lines[place + 1 :], specialties)
    return None


def only_commands(comment: str) -> bool:
    """Whether a comment holds nothing but a bare command: `/claude` and at most one word."""
    return _BARE.fullmatch(comment.strip()) is not None


def _order(said: str, below: list[str], specialties: frozenset[str]) -> Order:
    text = "\n".join([said, *below]).strip()
    word = said.strip().rstrip(".!").lower()
    if word in _ACTS and (word or not text):
        return Order(kind=_ACTS[word])
    if word in specialties and text == said.strip():
        return Order(kind="start", specialist=word)
    return Order(kind="say", text=text)
