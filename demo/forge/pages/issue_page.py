"""The page of an issue, and the lists of a repository."""

from demo.forge.pages.layout import ago, count, escape, page
from demo.forge.pages.thread import badge, conversation, crumbs, labels, state_of
from demo.forge.records import Issue, Repository
from demo.forge.store import Store


def issue_page(store: Store, repository: Repository, issue: Issue) -> str:
    """The whole page of an issue."""
    content = (
        f'<h1>{escape(issue.title)} <span class="number">#{issue.number}</span></h1>'
        f'<div class="meta">{badge(issue)}<span><b>{escape(issue.author)}</b> opened this issue {ago(issue.created_at)} '
        f"&middot; {count(len(issue.comments), 'comment')}</span>{labels(store, repository, issue)}</div>"
        f"<section>{conversation(store, repository, issue)}</section>"
    )
    return page(f"{issue.title} · Issue #{issue.number}", crumbs(repository), content)


def repository_page(store: Store, repository: Repository) -> str:
    """The repository: its pull requests, issues and branches."""
    items = sorted(store.issues(repository).values(), key=lambda issue: -issue.number)
    pulls = [issue for issue in items if issue.pull]
    issues = [issue for issue in items if not issue.pull]
    branches = repository.git.branches()
    rows = "".join(f"<li><code>{escape(name)}</code><code>{sha[:7]}</code></li>" for name, sha in branches.items())
    content = (
        f'<h1>{escape(repository.full_name)}</h1><p class="quiet">{escape(repository.description)}</p>'
        f'<p class="clone"><code>git clone {escape(store.url)}/{escape(repository.full_name)}.git</code></p>'
        f"<section><h2>Pull requests</h2>{_list(store, repository, pulls)}</section>"
        f"<section><h2>Issues</h2>{_list(store, repository, issues)}</section>"
        f'<section><h2>Branches</h2><ul class="box rows">{rows or "<li>None yet</li>"}</ul></section>'
    )
    return page(repository.full_name, crumbs(repository), content)


def home_page(store: Store) -> str:
    """All repositories."""
    rows = "".join(
        f'<li><a href="/{escape(one.full_name)}"><b>{escape(one.full_name)}</b></a>'
        f'<span class="quiet">{escape(one.description)}</span></li>'
        for one in store.repositories.values()
        if not one.private
    )
    return page("Repositories", "", f'<h1>Repositories</h1><ul class="box rows">{rows}</ul>')


def _list(store: Store, repository: Repository, issues: list[Issue]) -> str:
    if not issues:
        return '<p class="box quiet pad">None yet</p>'
    return f'<ul class="box rows">{"".join(_row(store, repository, issue) for issue in issues)}</ul>'


def _row(store: Store, repository: Repository, issue: Issue) -> str:
    link = f"/{repository.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    return (
        f'<li><span class="dot {state_of(issue)}" title="{state_of(issue)}"></span><div><a href="{escape(link)}"><b>'
        f"{escape(issue.title)}</b></a> {labels(store, repository, issue)}"
        f'<span class="quiet">#{issue.number} by {escape(issue.author)} {ago(issue.created_at)}</span></div></li>'
    )
