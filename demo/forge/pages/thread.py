"""What issues and pull requests have in common on a page: heading, state, comments, events."""

from collections.abc import Sequence
from datetime import datetime

from demo.forge.api.shapes import label
from demo.forge.pages.layout import ago, avatar, escape
from demo.forge.pages.markdown import render
from demo.forge.records import Event, Issue, Repository
from demo.forge.store import Store

_WORDS = {
    "closed": "closed this",
    "reopened": "opened this again",
    "merged": "merged this",
    "ready_for_review": "marked this as ready for review",
    "convert_to_draft": "made this a draft",
    "head_ref_force_pushed": "force-pushed the branch",
    "review_requested": "asked for a review",
    "renamed": "changed the title",
    "locked": "locked the conversation",
    "unlocked": "unlocked the conversation",
}


def state_of(issue: Issue) -> str:
    """The word on the badge."""
    if issue.pull and issue.pull.merged_at:
        return "merged"
    if issue.pull and issue.pull.draft and issue.state == "open":
        return "draft"
    return issue.state


def badge(issue: Issue) -> str:
    """The state as a coloured badge."""
    state = state_of(issue)
    return f'<span class="badge {state}">{state.capitalize()}</span>'


def crumbs(repository: Repository) -> str:
    """The way back to the repository."""
    return f'<nav><a href="/{escape(repository.full_name)}">{escape(repository.owner)} / <b>{escape(repository.name)}</b></a></nav>'


def labels(store: Store, repository: Repository, issue: Issue) -> str:
    """The labels as pills."""
    pills = ((name, label(store, repository, name)["color"]) for name in issue.labels)
    return "".join(f'<span class="label" style="--tone:#{color}">{escape(name)}</span>' for name, color in pills)


def post(
    repository: Repository, author: str, body: str, moment: datetime, *, verb: str = "commented", anchor: str = ""
) -> str:
    """One comment in its box."""
    text = render(body, f"/{repository.full_name}") if body.strip() else '<p class="quiet">No description.</p>'
    return (
        f'<article class="post" id="{escape(anchor)}">{avatar(author)}<div class="box"><div class="by"><b>{escape(author)}</b> '
        f'{verb} {ago(moment)}</div><div class="prose">{text}</div></div></article>'
    )


def conversation(
    store: Store, repository: Repository, issue: Issue, more: Sequence[tuple[datetime, int, str]] = ()
) -> str:
    """Description, then comments, events and `more` (time, id, HTML) in their order."""
    entries = [*more]
    for note in issue.comments:
        html = post(repository, note.author, note.body, note.created_at, anchor=f"issuecomment-{note.id}")
        entries.append((note.created_at, note.id, html))
    entries += [(event.created_at, event.id, _event(store, repository, event)) for event in issue.events]
    first = post(repository, issue.author, issue.body, issue.created_at, verb="opened this")
    return first + "".join(html for _, _, html in sorted(entries, key=lambda entry: entry[:2]))


def _event(store: Store, repository: Repository, event: Event) -> str:
    words = _WORDS.get(event.kind, escape(event.kind.replace("_", " ")))
    if event.kind in {"labeled", "unlabeled"}:
        color = label(store, repository, event.detail["label"])["color"]
        pill = f'<span class="label" style="--tone:#{color}">{escape(event.detail["label"])}</span>'
        words = f"{'added' if event.kind == 'labeled' else 'removed'} {pill}"
    elif event.kind == "cross-referenced":
        source = store.issues(repository)[event.detail["source"]]
        link = f"/{repository.full_name}/{'pull' if source.pull else 'issues'}/{source.number}"
        words = f'mentioned this in <a href="{escape(link)}">{escape(source.title)} #{source.number}</a>'
    return f'<p class="event">{avatar(event.actor)}<span><b>{escape(event.actor)}</b> {words} {ago(event.created_at)}</span></p>'
