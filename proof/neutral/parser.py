"""The parser: CommonMark with GitHub's tables and strike-through."""

from functools import cache

from markdown_it import MarkdownIt


@cache
def parser(*, html: bool = True) -> MarkdownIt:
    """The one parser; without `html`, tags are text like any other."""
    return MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"])
