"""Markdown as GitHub shows it, made harmless."""

import html
import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from demo.forge.pages.html import Html

_BREAKS = frozenset({"br", "hr", "input"})
_TAGS = _BREAKS | frozenset(
    {
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "blockquote", "pre", "details", "summary"),
        *("a", "b", "code", "del", "em", "i", "ins", "kbd", "s", "strong", "sub", "sup"),
        *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    }
)
_SILENT = frozenset({"script", "style", "template", "iframe", "object", "svg", "math", "title", "textarea"})
_ATTRIBUTES = {
    "a": {"href", "title"},
    "details": {"open"},
    "ol": {"start"},
    "input": {"type", "checked", "disabled"},
    "code": {"class"},
    "p": {"class"},
    "li": {"class"},
}
_STYLES = {"text-align:left": "left", "text-align:right": "right", "text-align:center": "centre"}
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|#|/(?!/))", re.IGNORECASE)
_SAFE_CLASS = re.compile(r"[\w -]+")
_REFERENCE = re.compile(r"(?<![\w/#&])#(\d+)\b")
_TASK = re.compile(r"<li>(\s*(?:<p>)?)\[([ xX])\] ")
_ALERT = re.compile(r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*")


class _Cleaner(HTMLParser):
    """Writes again only the elements and attributes that are listed, every one of them closed."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = base
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif self._silent == 0 and tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")
        elif self._silent == 0 and tag in _TAGS:
            if tag == "input" and dict(attrs).get("type") != "checkbox":
                return
            self._out.append(f"<{tag}{_attributes(tag, attrs)}>")
            if tag not in _BREAKS:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif self._silent == 0 and tag in self._open:
            while (last := self._open.pop()) != tag:
                self._out.append(f"</{last}>")
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        text = html.escape(data, quote=False)
        if not {"a", "code", "pre"} & set(self._open):
            text = _REFERENCE.sub(rf'<a href="{self._base}/issues/\1">#\1</a>', text)
        self._out.append(text)

    def result(self) -> str:
        """The clean HTML."""
        self.close()
        return "".join([*self._out, *(f"</{tag}>" for tag in reversed(self._open))])


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    kept = []
    for name, value in attrs:
        text = value or ""
        if name == "style" and tag in {"th", "td"} and text in _STYLES:
            kept.append(f' class="{_STYLES[text]}"')
        elif name == "href" and tag == "a" and _SAFE_LINK.match(text):
            kept.append(f' href="{html.escape(text)}" rel="nofollow noopener"')
        elif name == "class" and tag in {"code", "p", "li"} and _SAFE_CLASS.fullmatch(text):
            kept.append(f' class="{text}"')
        elif name in _ATTRIBUTES.get(tag, set()) - {"href", "class"}:
            kept.append(f' {name}="{html.escape(text)}"' if text else f" {name}")
    return "".join(kept)


def render(text: str, base: str) -> Html:
    """HTML of a Markdown text; `base` is the repository's path, for links like #12."""
    raw = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    raw = _TASK.sub(_task, raw)
    raw = _ALERT.sub(lambda m: f'<blockquote><p class="alert is-{m[1].lower()}">{m[1].capitalize()}</p><p>', raw)
    cleaner = _Cleaner(base)
    cleaner.feed(raw)
    return Html(cleaner.result())


def _task(found: re.Match[str]) -> str:
    checked = " checked" if found[2] in "xX" else ""
    return f'<li class="task">{found[1]}<input type="checkbox" disabled{checked}> '
