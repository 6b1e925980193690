"""The pages for people: readable, and harmless whatever was typed in."""

from pathlib import Path

import httpx
import pytest

from demo.forge import Forge
from demo.forge.pages.html import el
from demo.forge.pages.markdown import render
from demo.rehearsal import Rehearsal

REPO = "rehearsal/shop"


@pytest.fixture
def pages(rehearsal: Rehearsal) -> httpx.Client:
    """A browser without a token."""
    return httpx.Client(base_url=f"{rehearsal.server_url}/{REPO}")


def test_every_page_says_that_it_is_a_rehearsal(pages: httpx.Client, rehearsal: Rehearsal) -> None:
    """The lists, an issue and a page that is not there."""
    shown = [
        httpx.get(f"{rehearsal.server_url}/{REPO}"),
        pages.get("/issues/1"),
        httpx.get(rehearsal.server_url),
        pages.get("/issues/77"),
    ]
    assert [page.status_code for page in shown] == [200, 200, 200, 404]
    assert all("Rehearsal - this is not GitHub." in page.text for page in shown)


def test_a_pull_request_as_people_see_it(pages: httpx.Client, api: httpx.Client, branch: str, forge: Forge) -> None:
    """Title, state, body, commits, diff, remarks and comments are on one page."""
    table = "| test | head |\n|---|---|\n| a | passed |"
    body = f"Fixes #1\n\n{table}\n\n<details><summary>More</summary>\n\n- [x] done\n\n</details>"
    api.post(
        "/pulls", json={"title": "<b>Add</b>", "head": "claude/issue-1", "base": "main", "body": body, "draft": True}
    )
    remark = {"path": "shop/new.py", "line": 2, "body": "**why** two?"}
    api.post("/pulls/4/reviews", json={"event": "COMMENT", "comments": [remark]})
    forge.comment(REPO, 4, "mina-web", "Thank you")
    page = pages.get("/pull/4").text
    for piece in (
        "&lt;b&gt;Add&lt;/b&gt;",
        "Draft</span>",
        '<a href="/rehearsal/shop/issues/1">#1</a>',
        "<td>passed</td>",
        "<details><summary>More</summary>",
        '<input type="checkbox" disabled checked>',
        "Add a module",
        '<tr class="added">',
        "<strong>why</strong> two?",
        "Thank you",
    ):
        assert piece in page


def test_merged_and_closed_show(pages: httpx.Client, api: httpx.Client, branch: str) -> None:
    """The badge follows the state."""
    api.post("/pulls", json={"title": "t", "head": "claude/issue-1", "base": "main"})
    assert 'class="badge pull open"' in pages.get("/pull/4").text
    api.put("/pulls/4/merge")
    assert 'class="badge pull merged"' in pages.get("/pull/4").text
    assert pages.get("/issues/4").headers["location"] == "/rehearsal/shop/pull/4"
    assert pages.get("/pull/4.diff").text.startswith("diff --git a/shop/new.py b/shop/new.py\n")


def test_a_private_repository_has_no_page(forge: Forge, rehearsal: Rehearsal) -> None:
    """Nor is it listed."""
    forge.create_repository("rehearsal/secret", private=True)
    assert httpx.get(f"{rehearsal.server_url}/rehearsal/secret").status_code == 404
    assert "secret" not in httpx.get(rehearsal.server_url).text


def test_a_page_can_be_kept(forge: Forge, tmp_path: Path) -> None:
    """The file needs no server: its style is in it, and nothing is loaded."""
    forge.save_page(REPO, 2, tmp_path / "issue.html")
    text = (tmp_path / "issue.html").read_text("utf-8")
    assert "税込価格が1円少なくなることがある" in text
    assert not any(mark in text for mark in ("<script", "<link", "<img", "@import", "url("))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("<img src=x onerror=alert(1) alt=picture>", "picture"),
        ('<p onclick="x()" style="position:fixed">a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', "<p><a>a</a></p>\n"),
        ('<a href="//evil.example">a</a>', "<p><a>a</a></p>\n"),
        ("<div><b>open", "<div><b>open</b></div>"),
        ("</div></main>a", "a"),
        ("<!-- mark -->\n\na", "\n<p>a</p>\n"),
        ("`<b>` &amp; <svg><script>x</script></svg>", "<p><code>&lt;b&gt;</code> &amp; </p>\n"),
        ("<form action=/x><input name=y><button>z</button></form>", "z"),
        ("<style>body{display:none}</style>a", "a"),
    ],
)
def test_what_is_typed_in_does_no_harm(text: str, expected: str) -> None:
    """Only listed elements and attributes survive, all closed; comments go."""
    assert render(text, "/o/r") == expected


def test_plain_text_is_escaped_everywhere() -> None:
    """Children and attributes of an element, whoever wrote them."""
    assert el("a", "<&>", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">&lt;&amp;&gt;</a>'
