"""The page of a pull request."""

from collections import defaultdict
from datetime import datetime

from demo.forge.api.pull_shapes import commits, files
from demo.forge.bare import Commit
from demo.forge.pages.diff import bar, diff
from demo.forge.pages.layout import ago, avatar, count, escape, page
from demo.forge.pages.markdown import render
from demo.forge.pages.thread import badge, conversation, crumbs, labels
from demo.forge.patch import FilePatch
from demo.forge.records import Issue, LineComment, Pull, Repository, Review
from demo.forge.store import Store

_VERDICTS = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "asked for changes",
    "COMMENTED": "reviewed",
    "PENDING": "began a review",
}


def pull_page(store: Store, repository: Repository, issue: Issue, pull: Pull) -> str:
    """The whole page: conversation, commits, changed files."""
    changed = files(repository, pull)
    made = commits(repository, pull)
    reviews = [(given.created_at, given.id, _review(repository, given)) for given in pull.reviews]
    content = (
        _heading(store, repository, issue, pull, changed, made)
        + f'<section id="conversation">{conversation(store, repository, issue, reviews)}</section>'
        + f'<section id="commits"><h2>Commits</h2><ol class="box commits">{"".join(map(_commit, made))}</ol></section>'
        + f'<section id="files"><h2>Files changed</h2>{diff(changed, _remarks(repository, pull))}</section>'
    )
    return page(f"{issue.title} · Pull request #{issue.number}", crumbs(repository), content)


def _heading(
    store: Store,
    repository: Repository,
    issue: Issue,
    pull: Pull,
    changed: tuple[FilePatch, ...],
    made: tuple[Commit, ...],
) -> str:
    added, removed = sum(file.additions for file in changed), sum(file.deletions for file in changed)
    verb = "merged" if pull.merged_at else "wants to merge"
    return (
        f'<h1>{escape(issue.title)} <span class="number">#{issue.number}</span></h1>'
        f'<div class="meta">{badge(issue)}<span><b>{escape(pull.merged_by or issue.author)}</b> {verb} '
        f"{count(len(made), 'commit')} into <code>{escape(pull.base)}</code> from <code>{escape(pull.head)}</code></span>"
        f"{labels(store, repository, issue)}</div>"
        f'<nav class="tabs"><a href="#conversation">Conversation <i>{len(issue.comments) + len(pull.reviews)}</i></a>'
        f'<a href="#commits">Commits <i>{len(made)}</i></a><a href="#files">Files changed <i>{len(changed)}</i></a>'
        f"{bar(added, removed)}</nav>"
    )


def _review(repository: Repository, given: Review) -> str:
    verdict = f'<span class="verdict {given.state.lower()}">{_VERDICTS[given.state]}</span>'
    notes = f" with {count(len(given.comments), 'remark')} on lines" if given.comments else ""
    text = f'<div class="prose">{render(given.body, f"/{repository.full_name}")}</div>' if given.body.strip() else ""
    return (
        f'<article class="post" id="pullrequestreview-{given.id}">{avatar(given.author)}<div class="box"><div class="by">'
        f"<b>{escape(given.author)}</b> {verdict}{notes} {ago(given.created_at)}</div>{text}</div></article>"
    )


def _remarks(repository: Repository, pull: Pull) -> dict[tuple[str, int | None], str]:
    grouped: dict[tuple[str, int | None], list[str]] = defaultdict(list)
    for given in pull.reviews:
        for note in given.comments:
            grouped[note.path, note.line].append(_remark(repository, note))
    return {place: "".join(notes) for place, notes in grouped.items()}


def _remark(repository: Repository, note: LineComment) -> str:
    text = render(note.body, f"/{repository.full_name}")
    return (
        f'<div class="note" id="discussion_r{note.id}"><div class="by">{avatar(note.author)}<b>{escape(note.author)}</b> '
        f'{ago(note.created_at)}</div><div class="prose">{text}</div></div>'
    )


def _commit(made: Commit) -> str:
    subject, _, rest = made.message.partition("\n")
    more = f"<details><summary>&hellip;</summary><pre>{escape(rest.strip())}</pre></details>" if rest.strip() else ""
    moment = datetime.fromisoformat(made.author.date)
    return (
        f'<li>{avatar(made.author.name)}<div><b>{escape(subject)}</b>{more}<span class="quiet">{escape(made.author.name)} '
        f"committed {ago(moment)}</span></div><code>{made.sha[:7]}</code></li>"
    )
