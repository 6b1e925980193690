"""The page of an issue."""

from demo.forge.pages.html import el
from demo.forge.pages.layout import ago, count, page, spaced
from demo.forge.pages.sidebar import sidebar
from demo.forge.pages.thread import badge, conversation, crumbs, heading
from demo.forge.records import Issue, Repository
from demo.forge.store import Store


def issue_page(store: Store, repository: Repository, issue: Issue) -> str:
    """The whole page."""
    said = count(len(issue.comments), "comment")
    meta = spaced(el("b", issue.author), "opened this issue", ago(issue.created_at), "·", said)
    talk = el("section", conversation(store, repository, issue))
    return page(
        f"{issue.title} · Issue #{issue.number}",
        crumbs(repository),
        heading(issue),
        el("div", badge(issue), el("span", meta), class_="meta"),
        el("div", talk, sidebar(store, repository, issue), class_="columns"),
    )
