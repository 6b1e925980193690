"""Hostile text, made safe to publish."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from domain.frozen import Frozen
from proof.neutral import Links, code, cut, fence, line, markdown, plain, sentence, visible

LINKS = Links(forge="github.com", repo="acme/shop", named=frozenset({"https://docs.example/guide"}))
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
CLOSING = re.compile(
    r"\b(close[sd]?|fix(e[sd])?|resolve[sd]?)\b:?\s+(([\w.-]+/[\w.-]+)?#\d|GH-\d|https?://)", re.IGNORECASE
)

PIECES = [
    "@octocat", "@acme/team", "\\@x", "&#64;y", "&commat;z", "@", "a@b.co", "#12", "other/repo#3", "GH-7", "Fixes ",
    "closes: ", "**Resolves** ", "`", "``", "```", "~~~", "\n", "\n\n", "    ", "> ", "- ", "1. ", "# ", "===", "---",
    "***", "*", "**", "_", "~~", "|", "| a | b |\n|---|---|\n", "[", "](", ")", "![", "](https://evil.example/i.png)",
    "[t](https://github.com/acme/shop/pull/1)", "[t](https://evil.example)", "[t]: https://evil.example\n", "[t]",
    "<https://evil.example>", "https://github.com/a/b/issues/9", "https://docs.example/guide", "www.evil.example",
    "<!--", "-->", "<b>", "</b>", "<details>", "<script>", "</script>", "<T>", "<img src=x>", "<br>", "&lt;", "&#10;",
    "\u200b", "\u202e", "\U000e0041", "\\", "/approve", "word", " ", "日本語", "é", "$", "!", ":", "\t", "\r", "\x00",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join)


class Case(Frozen):
    """What is written, and what is published."""

    name: str
    text: str
    shown: str


MARKDOWN = (
    Case(
        name="mentions become code",
        text="Thanks @octocat and (@acme/team)",
        shown="Thanks `@octocat` and (`@acme/team`)",
    ),
    Case(name="an escaped mention rings too", text=r"\@octocat &#64;hubot", shown="`@octocat` `@hubot`"),
    Case(name="addresses of mail are no links", text="write to a.b@c.example", shown="write to `a.b@c.example`"),
    Case(name="within a word too", text="x@y", shown="x`@y`"),
    Case(name="a plain reference stays", text="like in #12", shown="like in #12"),
    Case(name="a closing keyword closes nothing", text="Fixes #12", shown="Fixes `#12`"),
    Case(name="nor behind markup", text="**Closes**: [#12](x)", shown="**Closes**: `#12` (`x`)"),
    Case(name="nor another repository", text="resolves a/b#1", shown="resolves `a/b#1`"),
    Case(
        name="nor by address",
        text="fix https://github.com/acme/shop/issues/1",
        shown="fix `https://github.com/acme/shop/issues/1`",
    ),
    Case(name="other repositories are not touched", text="see a/b#1", shown="see `a/b#1`"),
    Case(name="comments go", text="a <!-- b\nc --> d", shown="a  d"),
    Case(name="hidden blocks go", text="a\n\n<!-- b\n\nc -->\n\nd", shown="a\n\nd"),
    Case(name="tags go, type parameters stay", text="<b>a</b> List<T>", shown="a List&lt;T>"),
    Case(name="folded text is unfolded", text="<details><summary>a</summary>\n\nb\n</details>", shown="a\n\nb"),
    Case(name="images become words", text="![a](https://e.example/i.png)", shown="a (`https://e.example/i.png`)"),
    Case(name="foreign links become words", text="[a](https://e.example)", shown="a (`https://e.example`)"),
    Case(name="bare foreign addresses become code", text="at https://e.example.", shown="at `https://e.example`."),
    Case(name="the forge may be linked", text="[a](https://github.com/x)", shown="[a](<https://github.com/x>)"),
    Case(name="and what the issue named", text="https://docs.example/guide", shown="<https://docs.example/guide>"),
    Case(name="a look-alike may not", text="https://github.com@e.example", shown="`https://github.com@e.example`"),
    Case(
        name="nor another repository's issues",
        text="https://github.com/a/b/issues/1",
        shown="`https://github.com/a/b/issues/1`",
    ),
    Case(name="relative links become words", text="[a](/../settings)", shown="a (`/../settings`)"),
    Case(name="headings are not ours to spoof", text="# Proof\n\na\n===", shown="**Proof**\n\n**a**"),
    Case(name="bots get no commands", text="/approve\n/lgtm now", shown="`/approve`\n`/lgtm` now"),
    Case(
        name="code stays", text="`@a #1`\n\n```py\n@b\n<!-- c -->\n```", shown="`@a #1`\n\n```py\n@b\n<!-- c -->\n```"
    ),
    Case(name="an open fence is closed", text="```\na", shown="```\na\n```"),
    Case(name="indented code gets a fence", text="    @a", shown="```\n@a\n```"),
    Case(name="lists stay", text="* a\n  1. b\n* c", shown="* a\n  1. b\n* c"),
    Case(name="quotes stay", text="> a\n> @b", shown="> a\n> `@b`"),
    Case(name="tables stay", text="|a|b|\n|-|-|\n|@c|`d`|", shown="| a | b |\n| --- | --- |\n| `@c` | `d` |"),
    Case(name="nobody writes check marks of ours", text="- [x] tests", shown="- \\[x\\] tests"),
    Case(name="entities start no block", text="a&#10;&#10;&#35; b", shown="a  # b"),
    Case(name="a span ends where it ended", text="`a```b`c``", shown="````a```b````c\\`\\`"),
    Case(name="Japanese stays", text="「購入」ボタンを**修正**しました。", shown="「購入」ボタンを**修正**しました。"),
)


@pytest.mark.parametrize("case", MARKDOWN, ids=lambda case: case.name)
def test_markdown_is_written_anew(case: Case) -> None:
    """Each trick comes out as harmless Markdown, and honest Markdown as itself."""
    assert markdown(case.text, LINKS) == case.shown


def _leaves(tokens: list[Token]) -> list[Token]:
    return [leaf for token in tokens for leaf in ([*_leaves(token.children)] if token.children else [token])]


def _check(written: str) -> None:
    leaves = _leaves(READER.parse(written))
    assert not {leaf.type for leaf in leaves} & {"html_block", "html_inline", "image", "heading_open"}
    for before, token in pairwise([Token("text", "", 0), *leaves]):
        if token.type == "link_open":
            assert LINKS.allow(str(token.attrs["href"])), token.attrs
        if token.type == "text" and before.type != "link_open":
            assert not re.search(r"@[A-Za-z0-9]", token.content), token.content
            assert not re.search(r"(https?://|www\.)[a-z]", token.content), token.content
            assert not CLOSING.search(token.content), token.content
    if not any(leaf.type == "fence" for leaf in leaves):
        assert not re.search(r"^[ >]*/[A-Za-z]", written, re.MULTILINE), written


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("\\`@a``x`@b`")
@example("[@a](https://github.com/x)")
@example("**@a**@b")
@example("\\&#64;y")
@example("@<b>octocat</b>")
@example("@![octocat](x)")
@example("@[octocat](https://evil.example)")
@example("`a```@b`c``@d")
def test_whatever_is_written_nothing_live_is_published(text: str) -> None:
    """Read again by a parser: no tag, image, heading, mention, closing keyword or foreign link is left."""
    written = markdown(text, LINKS, limit=2_000)
    _check(written)
    assert len(written) <= 2_000
    assert all(char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"} for char in written)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("******<b>******")
@example("*<b> @x*")
@example("Fixes <b>#12")
@example("<br><br><br><br>@octocat")
def test_a_sentence_stays_on_its_line(text: str) -> None:
    """A sentence is one line that opens no block, with nothing live in it."""
    written = sentence(text, LINKS, limit=300)
    assert "\n" not in written
    assert [token.type for token in READER.parse(written)] in ([], ["paragraph_open", "inline", "paragraph_close"])
    _check(written)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | TEXTS)
def test_code_is_left_by_nothing(text: str) -> None:
    """A span and a fence hold what was put in, less what nobody sees, and nothing comes after them."""
    span = READER.parseInline(f"a {code(text)} b")[0].children or []
    shown = visible(text).replace("\n", " ").replace("\t", " ")
    assert [child.content for child in span if child.type == "code_inline"] == ([shown] if shown else [])
    block = READER.parse(fence(text, "py"))
    assert [(token.type, token.content.rstrip("\n")) for token in block] == [("fence", visible(text).rstrip("\n"))]


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_plain_text_means_nothing_to_github(text: str) -> None:
    """Titles and commit messages mention nobody, refer to nothing and skip no check."""
    written = plain(text)
    assert not re.search(r"@|#\d|GH-\d|https?://|www\.", written, re.IGNORECASE), written
    assert len(line(text, 50)) <= 50
    assert "\n" not in line(text, 50)


def test_plain_text_reads_well() -> None:
    """What is defused stays readable."""
    text = "Fix #12 for @bob, see a/b#3, GH-4 and https://x.example/y [skip ci] ***NO_CI***"
    assert plain(text) == "Fix issue 12 for \uff20bob, see a/b issue 3, issue 4 and x.example/y skip ci NO CI"


def test_a_line_is_cut_between_words() -> None:
    """A long title loses whole words, Japanese its last characters."""
    assert line("Round the total of a cart to whole cents before tax", 40) == "Round the total of a cart to whole…"
    assert line("合計金額" * 20, 10) == "合計金額合計金額合…"


def test_long_text_is_cut_at_a_line() -> None:
    """What is too long ends with a mark, and an open fence is closed."""
    assert cut("aaaa\nbbbb\ncccc", 12) == "aaaa\nbbbb\n…"
    assert markdown("```\n" + "a\n" * 50 + "```", LINKS, limit=30) == "```\n" + "a\n" * 7 + "…\n```"


def test_deep_nesting_is_survived() -> None:
    """Markup nested thousands deep neither crashes nor slows the writer."""
    for piece in ("*", "**a ", "[", "> ", "- ", "`", "<a ", "![", "_a "):
        assert len(markdown(piece * 3_000 + "x" + "*" * 3_000, LINKS)) <= 6_000


def test_the_issue_names_the_links() -> None:
    """Addresses in an issue are known without the punctuation around them."""
    assert Links(forge="github.com", repo="a/b").allow("https://e.example") is False
    assert LINKS.allow("https://docs.example/guide") is True
    assert LINKS.allow("javascript:alert(1)") is False
    assert LINKS.allow("https://[broken") is False
