"""The page of a repository, and that of all repositories."""

from collections.abc import Sequence

from demo.forge.pages.html import Html, el
from demo.forge.pages.icons import icon
from demo.forge.pages.layout import ago, page, spaced
from demo.forge.pages.thread import crumbs, link_to, pills, state_icon, state_of
from demo.forge.records import Issue, Repository
from demo.forge.store import Store


def repository_page(store: Store, repository: Repository) -> str:
    """Pull requests, issues, branches."""
    items = sorted(store.issues(repository).values(), key=lambda issue: -issue.number)
    branches = [_branch(name, sha) for name, sha in repository.git.branches().items()]
    return page(
        repository.full_name,
        crumbs(repository),
        el("h1", repository.full_name),
        el("p", repository.description, class_="quiet"),
        el("pre", f"git clone {store.url}/{repository.full_name}.git", class_="clone"),
        _section("Pull requests", [_row(store, repository, issue) for issue in items if issue.pull]),
        _section("Issues", [_row(store, repository, issue) for issue in items if not issue.pull]),
        _section("Branches", branches),
    )


def home_page(store: Store) -> str:
    """All public repositories."""
    rows = [
        el("li", el("div", el("a", el("b", one.full_name), href=f"/{one.full_name}"), _quiet(one.description)))
        for one in store.repositories.values()
        if not one.private
    ]
    return page("Repositories", Html(), el("h1", "Repositories"), _section("", rows))


def _section(title: str, rows: Sequence[Html]) -> Html:
    content = el("ul", *rows, class_="box rows") if rows else el("p", "None yet", class_="box quiet pad")
    return el("section", el("h2", title) if title else "", content)


def _quiet(*parts: str) -> Html:
    return el("span", *parts, class_="quiet")


def _row(store: Store, repository: Repository, issue: Issue) -> Html:
    state = state_of(issue)
    kind = "pull" if issue.pull else "issue"
    title = el("a", el("b", issue.title), href=link_to(repository, issue))
    by = _quiet(f"#{issue.number} by {issue.author} ", ago(issue.created_at))
    mark = el("span", state_icon(issue), class_=f"dot {kind} {state}", title=state)
    return el("li", mark, el("div", spaced(title, pills(store, repository, issue)), by))


def _branch(name: str, sha: str) -> Html:
    return el("li", el("span", icon("branch"), class_="dot"), el("div", el("code", name)), el("code", sha[:7]))
