"""What every page has in common."""

import hashlib
import html
from datetime import UTC, datetime
from pathlib import Path

_STYLE = Path(__file__).with_name("style.css")
_BANNER = "Rehearsal &ndash; this is not GitHub. It runs on this computer alone; nothing here was published."
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def escape(text: object) -> str:
    """Text for use in HTML, in attributes too."""
    return html.escape(str(text))


def page(title: str, crumbs: str, content: str) -> str:
    """A whole document; `crumbs` and `content` are HTML, `title` is text."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} &middot; Rehearsal</title><style>{_STYLE.read_text('utf-8')}</style></head>"
        f'<body><div class="banner" role="note"><b>Rehearsal</b><span>{_BANNER.split("&ndash; ", 1)[1]}</span></div>'
        f'<header class="top"><div class="wide"><span class="mark">claude-cluster</span>{crumbs}</div></header>'
        f'<main class="wide">{content}</main></body></html>'
    )


def avatar(login: str) -> str:
    """A round picture with the first letter of a login, in a colour of its own."""
    hue = int(hashlib.sha256(login.encode()).hexdigest()[:4], 16) % 360
    return f'<span class="avatar" style="--hue:{hue}" aria-hidden="true">{escape(login[:1].upper())}</span>'


def ago(moment: datetime) -> str:
    """A time, as people say it, with the exact one behind it."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    said = "just now"
    for size, unit in _UNITS:
        if seconds >= size:
            count = seconds // size
            said = f"{count} {unit}{'s' if count > 1 else ''} ago"
            break
    return f'<time datetime="{moment.isoformat()}" title="{moment:%Y-%m-%d %H:%M:%S} UTC">{said}</time>'


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
