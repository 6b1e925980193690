"""Somebody's Markdown, parsed and written anew block by block."""

import re
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from proof.neutral.code import fence
from proof.neutral.inline import HTML_NAMES, Inline, at_line_start, dangerous
from proof.neutral.links import Links
from proof.neutral.parser import parser
from proof.neutral.visible import cut, visible

_LONGEST = 20_000
_HIDDEN_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|svg|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?/?>")


def markdown(text: str, links: Links, limit: int = 6_000) -> str:
    """Somebody's Markdown as blocks that may stand in ours, at most `limit` characters, cut at a line.

    Lists, quotes, tables and code stay; headings become bold lines, so that nobody writes sections of
    our own; tags, comments and images go; line starts that bots take for commands become code.
    """
    source = cut(visible(text).strip("\n"), min(limit, _LONGEST))
    written = _write(source, links)
    while len(written) > limit:
        source = cut(source, len(source) * 3 // 4)
        written = _write(source, links)
    return written


def _write(source: str, links: Links, *, html: bool = True) -> str:
    tokens = parser(html=html).parse(source)
    writer = _Writer(links, defused=dangerous(tokens, source))
    writer.write(tokens)
    return "\n".join(writer.lines).strip("\n")


def _without_tags(content: str) -> str:
    content = _HIDDEN_HTML.sub("", content)
    return _TAG.sub(lambda tag: "" if tag[1].lower() in HTML_NAMES else tag.group(), content).strip()


class _Writer:
    """Lines so far, and what stands before each line: `[now, afterwards]` for every open list item or quote."""

    def __init__(self, links: Links, *, defused: bool) -> None:
        self.lines: list[str] = []
        self._links = links
        self._defused = defused
        self._before: list[list[str]] = []
        self._gap = False
        self._rows: list[list[str]] = []
        self._handlers: dict[str, Callable[[Token], None]] = {
            "blockquote_open": lambda _: self._enter("> ", "> "),
            "blockquote_close": lambda _: self._leave(gap=True),
            "bullet_list_open": lambda _: self._space(),
            "ordered_list_open": lambda _: self._space(),
            "list_item_close": lambda _: self._leave(gap=self._gap),
            "bullet_list_close": lambda _: self._set_gap(),
            "ordered_list_close": lambda _: self._set_gap(),
            "fence": lambda token: self._block(fence(token.content, token.info)),
            "code_block": lambda token: self._block(fence(token.content)),
            "html_block": self._html,
            "tr_open": lambda _: self._rows.append([]),
            "table_close": self._table,
        }

    def write(self, tokens: Sequence[Token]) -> None:
        """Write all blocks."""
        for place, token in enumerate(tokens):
            if token.type == "inline":
                self._inline(token, tokens[place - 1])
            elif token.type == "list_item_open":
                tight = tokens[place + 1].hidden
                self._gap = self._gap and not tight
                self._item(token)
            elif handler := self._handlers.get(token.type):
                handler(token)

    def _inline(self, token: Token, opening: Token) -> None:
        cell = opening.type in {"th_open", "td_open"}
        children = list(token.children or ())
        if opening.type == "heading_open":
            children = [child for child in children if not child.type.startswith("strong_")]
        text = Inline(self._links, defused=self._defused, cell=cell).write(children)
        if cell:
            self._rows[-1].append(text.strip())
        elif opening.type == "heading_open":
            self._block(f"**{' '.join(text.split())}**" if text.strip() else "")
        else:
            self._block(at_line_start(text), tight=opening.hidden)

    def _item(self, token: Token) -> None:
        marker = f"{token.info}{token.markup} "
        self._enter(marker, " " * len(marker))

    def _enter(self, now: str, afterwards: str) -> None:
        self._space()
        self._before.append([now, afterwards])

    def _leave(self, *, gap: bool) -> None:
        now, afterwards = self._before[-1]
        if now != afterwards:
            self._line("")
        self._before.pop()
        self._gap = gap

    def _set_gap(self) -> None:
        self._gap = True

    def _space(self) -> None:
        if self._gap:
            self._line("")
        self._gap = False

    def _html(self, token: Token) -> None:
        self._block(_write(_without_tags(token.content), self._links, html=False))

    def _table(self, _: Token) -> None:
        head, *rows = self._rows
        self._rows = []
        rule = ["---"] * len(head)
        self._block("\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)))

    def _block(self, text: str, *, tight: bool = False) -> None:
        if not text.strip():
            return
        self._space()
        for line in text.split("\n"):
            self._line(line)
        self._gap = not tight

    def _line(self, line: str) -> None:
        self.lines.append(("".join(before[0] for before in self._before) + line).rstrip())
        for before in self._before:
            before[0] = before[1]
