"""What issues and pull requests have in common on a page: heading, state, comments, events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from demo.forge.api.shapes import label
from demo.forge.pages.html import Html, el, joined
from demo.forge.pages.icons import icon
from demo.forge.pages.layout import ago, avatar, spaced
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


@dataclass(frozen=True)
class Entry:
    """A piece of a conversation; those of one second stand in the order of their ids."""

    moment: datetime
    id: int
    content: Html


def state_of(issue: Issue) -> str:
    """The word on the badge."""
    if issue.pull and issue.pull.merged_at:
        return "merged"
    if issue.pull and issue.pull.draft and issue.state == "open":
        return "draft"
    return issue.state


def state_icon(issue: Issue) -> Html:
    """The drawing on the badge."""
    if issue.pull:
        return icon(state_of(issue))
    return icon("issue" if issue.state == "open" else "solved")


def heading(issue: Issue) -> Html:
    """The title with its number."""
    return el("h1", issue.title, " ", el("span", f"#{issue.number}", class_="number"))


def badge(issue: Issue) -> Html:
    """The state, coloured."""
    state = state_of(issue)
    kind = "pull" if issue.pull else "issue"
    return el("span", state_icon(issue), state.capitalize(), class_=f"badge {kind} {state}")


def link_to(repository: Repository, issue: Issue) -> str:
    """The address of an issue or pull request."""
    return f"/{repository.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def crumbs(repository: Repository) -> Html:
    """The way back to the repository."""
    names = (f"{repository.owner} / ", el("b", repository.name))
    return el("nav", el("a", *names, href=f"/{repository.full_name}"))


def pill(store: Store, repository: Repository, name: str) -> Html:
    """A label."""
    color = label(store, repository, name)["color"]
    return el("span", name, class_="label", style=f"--tone:#{color}")


def pills(store: Store, repository: Repository, issue: Issue) -> Html:
    """All labels."""
    return spaced(*(pill(store, repository, name) for name in issue.labels))


def prose(repository: Repository, text: str) -> Html:
    """Markdown, rendered."""
    return el("div", render(text, f"/{repository.full_name}"), class_="prose")


def post(author: str, by: Html, content: Html, anchor: str) -> Html:
    """A box that somebody wrote, with their picture beside it."""
    head = el("div", el("b", author), " ", by, class_="by")
    return el("article", avatar(author), el("div", head, content, class_="box"), class_="post", id=anchor)


def conversation(store: Store, repository: Repository, issue: Issue, more: Sequence[Entry] = ()) -> Html:
    """The description, then comments, events and `more` in their order."""
    entries = list(more)
    for note in issue.comments:
        by = joined(["commented ", ago(note.created_at)])
        content = post(note.author, by, prose(repository, note.body), f"issuecomment-{note.id}")
        entries.append(Entry(note.created_at, note.id, content))
    entries += [Entry(event.created_at, event.id, _event(store, repository, event)) for event in issue.events]
    nothing = el("p", "No description.", class_="quiet pad")
    body = prose(repository, issue.body) if issue.body.strip() else nothing
    first = post(issue.author, joined(["opened this ", ago(issue.created_at)]), body, "description")
    in_order = sorted(entries, key=lambda entry: (entry.moment, entry.id))
    return el("div", first, *(entry.content for entry in in_order), class_="thread")


def _event(store: Store, repository: Repository, event: Event) -> Html:
    what: Html | str = _WORDS.get(event.kind, event.kind.replace("_", " "))
    if event.kind in {"labeled", "unlabeled"}:
        verb = "added" if event.kind == "labeled" else "removed"
        what = joined([f"{verb} ", pill(store, repository, event.detail["label"])])
    elif event.kind == "cross-referenced":
        source = store.issues(repository)[event.detail["source"]]
        link = el("a", source.title, f" #{source.number}", href=link_to(repository, source))
        what = joined(["mentioned this in ", link])
    words = el("span", spaced(el("b", event.actor), what, ago(event.created_at)))
    return el("p", avatar(event.actor), words, class_="event")
