"""What every page has in common."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from demo.forge.pages.html import Html, el, joined

_STYLE = Path(__file__).with_name("style.css")
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
_BANNER = "Rehearsal - this is not GitHub."
_BANNER_MORE = "It runs on this computer alone, and nothing here was published."


def page(title: str, crumbs: Html, *content: Html) -> str:
    """A whole document."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"{title} · Rehearsal"),
        el("style", Html(_STYLE.read_text("utf-8"))),
    )
    banner = el("div", el("b", _BANNER), el("span", f" {_BANNER_MORE}"), class_="banner", role="note")
    top = el("header", el("div", el("a", "Forge", class_="mark", href="/"), crumbs, class_="wide"), class_="top")
    body = el("body", banner, top, el("main", *content, class_="wide"))
    return f"<!doctype html>{el('html', head, body, lang='en')}"


def avatar(login: str) -> Html:
    """A round picture with the first letter of a login, in a colour of its own."""
    hue = int(hashlib.sha256(login.encode()).hexdigest()[:4], 16) % 360
    return el("span", login[:1].upper(), class_="avatar", style=f"--hue:{hue}", aria_hidden="true")


def ago(moment: datetime) -> Html:
    """A time as people say it, with the exact one behind it."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    said = "just now"
    for size, unit in _UNITS:
        if seconds >= size:
            said = f"{count(seconds // size, unit)} ago"
            break
    return el("time", said, datetime=moment.isoformat(), title=f"{moment:%Y-%m-%d %H:%M:%S %Z}")


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def spaced(*parts: str) -> Html:
    """Pieces with spaces between them."""
    return joined(piece for part in parts for piece in (part, " "))
