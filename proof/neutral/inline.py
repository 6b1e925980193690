"""One line of somebody's Markdown, written anew."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from markdown_it.token import Token

from proof.neutral.code import code
from proof.neutral.links import Links
from proof.neutral.parser import parser
from proof.neutral.references import LIVE, closes_something
from proof.neutral.visible import visible

# `_` means emphasis only at the edge of a word, `&` only before an entity's name, which may be in the next piece.
_SPECIAL = re.compile(r"[\\`*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?!\s)")
_BLOCK_START = re.compile(r"^(?:(?=#{1,6}(?:\s|$)|>|[+-](?:[\s+-]|$)|=+\s*$)|(\d{1,9})(?=[.)](?:\s|$)))", re.MULTILINE)
_BARE_MARKS = re.compile(r"^[*_~]+(?=\s|$)", re.MULTILINE)
_COMMAND = re.compile(r"^/[A-Za-z][\w/-]*", re.MULTILINE)
_TRAILING = ".,;:!?'\")]}"
_MARKS = {"em_open", "em_close", "strong_open", "strong_close", "s_open", "s_close"}
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_NAMES = (
    "a abbr b big blockquote body br button caption center cite code col dd del details dfn div dl dt em embed font"
    " form h1 h2 h3 h4 h5 h6 head hr html i iframe img input ins kbd li link mark meta object ol p picture pre q s"
    " script section small source span strike strong style sub summary sup svg table tbody td textarea tfoot th thead"
    " title tr tt u ul video wbr"
)
HTML_NAMES = frozenset(_NAMES.split())


def sentence(text: str, links: Links, limit: int = 600) -> str:
    """Somebody's Markdown as a single line of ours: no blocks, at most about `limit` characters of theirs."""
    text = " ".join(visible(text).split())
    if len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    tokens = parser().parseInline(text)
    written = Inline(links, defused=dangerous(tokens, text)).write(tokens[0].children or [])
    return at_line_start(written).replace("\n", " ").strip()


def dangerous(tokens: Sequence[Token], source: str) -> bool:
    """Whether the text, with its markup or without, would close an issue."""
    shown = " ".join(
        "".join(child.content for child in token.children or () if child.type != "html_inline")
        for token in tokens
        if token.type == "inline"
    )
    return closes_something(source) or closes_something(shown)


def at_line_start(text: str) -> str:
    """Lines that start no block of their own and are no command to a bot."""
    text = "\n".join(line.strip() for line in text.split("\n"))
    text = _BLOCK_START.sub(lambda match: f"{match[1]}\\" if match[1] else "\\", text)
    text = _BARE_MARKS.sub(lambda match: "".join(f"\\{mark}" for mark in match.group()), text)
    return _COMMAND.sub(_as_code, text)


def _in_words(shown: list[Token], address: str) -> list[Token]:
    return [*shown, _new("text", " (" if shown else "("), _new("code_inline", address), _new("text", ")")]


def _without_tag(token: Token) -> Token:
    tag = _TAG.match(token.content)
    if tag and tag[1].lower() == "br":
        return _new("softbreak", "")
    return _new("text", token.content if tag and tag[1].lower() not in HTML_NAMES else "")


def _new(kind: str, content: str) -> Token:
    return Token(kind, "", 0, content=content)


def _as_code(match: re.Match[str]) -> str:
    touching = match.string.startswith("`", match.end())
    return f"`{match.group()}`{' ' if touching else ''}"


def joined(parts: Sequence[str]) -> str:
    """The parts in a row; code spans that touch would become one, so a space keeps them apart."""
    text = ""
    for part in parts:
        text += f" {part}" if text.endswith("`") and part.startswith("`") else part
    return text


class Inline:
    """Writes the tokens of one paragraph, heading or cell; `defused` shows all references as code."""

    def __init__(self, links: Links, *, defused: bool, cell: bool = False) -> None:
        self._links = links
        self._defused = defused
        self._cell = cell

    def write(self, tokens: Sequence[Token]) -> str:
        """The tokens as Markdown; text is put together first, because two halves could be a mention."""
        merged: list[Token] = []
        for token in self._flat(iter(tokens)):
            if token.type == "text" and merged and merged[-1].type == "text":
                merged[-1] = _new("text", merged[-1].content + token.content)
            elif token.type != "text" or token.content:
                merged.append(token)
        return joined([self._token(token) for token in merged])

    def _flat(self, tokens: Iterator[Token]) -> Iterator[Token]:
        for token in tokens:
            if token.type == "link_open":
                inner = list(takewhile(lambda inside: inside.type != "link_close", tokens))
                yield from self._link(str(token.attrs.get("href", "")), inner)
            elif token.type == "image":
                yield from _in_words([_new("text", token.content)], str(token.attrs.get("src", "")))
            elif token.type == "html_inline":
                yield _without_tag(token)
            else:
                yield token

    def _link(self, href: str, inner: list[Token]) -> Iterator[Token]:
        shown = "".join(token.content for token in inner)
        if shown == href or not shown.strip():
            yield _new("text", href)
        elif self._links.allow(href) and not self._defused:
            yield _new("link", f"[{self._escaped(shown)}](<{href}>)")
        else:
            yield from _in_words(list(self._flat(iter(inner))), href)

    def _token(self, token: Token) -> str:
        if token.type in _MARKS:
            return token.markup
        if token.type in {"softbreak", "hardbreak"}:
            return " " if self._cell else "\n"
        if token.type == "code_inline":
            return self._code(token.content)
        return token.content if token.type == "link" else self._text(token.content)

    def _text(self, content: str) -> str:
        content = visible(content).replace("\n", " ")
        parts: list[str] = []
        end = 0
        for match in LIVE.finditer(content):
            found = match.group()
            if match.lastgroup == "url":
                found = found.rstrip(_TRAILING)
            parts += [self._escaped(content[end : match.start()]), self._live(str(match.lastgroup), found)]
            end = match.start() + len(found)
        return joined([*parts, self._escaped(content[end:])])

    def _live(self, kind: str, found: str) -> str:
        if kind == "url":
            return self._address(found)
        repo = found.rpartition("#")[0]
        known = not repo or repo.lower() == self._links.repo.lower()
        return found if kind == "reference" and known and not self._defused else self._code(found)

    def _address(self, url: str) -> str:
        return f"<{url}>" if self._links.allow(url) and not self._defused else self._code(url)

    def _code(self, content: str) -> str:
        span = code(content, limit=2_000)
        return span.replace("|", "\\|") if self._cell else span

    def _escaped(self, text: str) -> str:
        text = _ENTITY.sub("&amp;", _SPECIAL.sub(lambda match: f"\\{match.group()}", visible(text)))
        text = text.replace("<", "&lt;").replace("\n", " ")
        return text.replace("|", "&#124;") if self._cell else text
