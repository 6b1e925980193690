"""HTML that can't be forgotten to escape: plain text becomes harmless, only `Html` goes in as it is."""

import html
from collections.abc import Iterable

_VOID = frozenset({"br", "hr", "input", "meta"})


class Html(str):
    """Markup that is safe as it stands."""

    __slots__ = ()


def el(tag: str, *children: str, **attributes: str | int | bool | None) -> Html:
    """An element. `class_` means class, `_` in a name means `-`; True is a bare attribute, None and False are none."""
    opened = f"<{tag}{''.join(map(_attribute, attributes.items()))}>"
    return Html(opened) if tag in _VOID else Html(f"{opened}{joined(children)}</{tag}>")


def joined(parts: Iterable[str]) -> Html:
    """Several pieces one after the other."""
    return Html("".join(map(_safe, parts)))


def _safe(part: str) -> str:
    return part if isinstance(part, Html) else html.escape(part)


def _attribute(pair: tuple[str, str | int | bool | None]) -> str:
    name, value = pair[0].rstrip("_").replace("_", "-"), pair[1]
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
