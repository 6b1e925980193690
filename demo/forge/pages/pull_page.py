"""The page of a pull request."""

from collections import defaultdict
from datetime import datetime

from demo.forge.api.pull_shapes import commits, files
from demo.forge.bare import Commit
from demo.forge.pages.diff import bar, diff
from demo.forge.pages.html import Html, el, joined
from demo.forge.pages.icons import icon
from demo.forge.pages.layout import ago, avatar, count, page, spaced
from demo.forge.pages.sidebar import sidebar
from demo.forge.pages.thread import Entry, badge, conversation, crumbs, heading, post, prose
from demo.forge.patch import FilePatch
from demo.forge.records import Issue, LineComment, Pull, Repository, Review
from demo.forge.store import Store

_VERDICTS = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "asked for changes",
    "COMMENTED": "reviewed",
    "PENDING": "began a review",
}
_ENDS = {
    "merged": ("merged", "Merged", "The branch is part of the base now."),
    "closed": ("closed", "Closed", "It was closed without being merged."),
    "draft": ("draft", "This is a draft", "It says above what is still missing before people should review it."),
    "open": ("check", "Ready for review", "On a real forge, people would review and merge it here."),
}


def pull_page(store: Store, repository: Repository, issue: Issue, pull: Pull) -> str:
    """The whole page: conversation, commits, changed files."""
    changed = files(repository, pull)
    made = commits(repository, pull)
    reviews = [Entry(given.created_at, given.id, _review(repository, given)) for given in pull.reviews]
    talk = el("section", conversation(store, repository, issue, reviews), _end(issue, pull), id="conversation")
    listed = el("ol", *map(_commit, made), class_="box commits")
    return page(
        f"{issue.title} · Pull request #{issue.number}",
        crumbs(repository),
        heading(issue),
        _meta(issue, pull, len(made)),
        _tabs(issue, pull, made, changed),
        el("div", talk, sidebar(store, repository, issue), class_="columns"),
        el("section", el("h2", "Commits"), listed, id="commits"),
        el("section", el("h2", "Files changed"), diff(changed, _remarks(repository, pull)), id="files"),
    )


def _meta(issue: Issue, pull: Pull, made: int) -> Html:
    who = el("b", pull.merged_by or issue.author)
    verb = "merged" if pull.merged_at else "wants to merge"
    branches = ("into", el("code", pull.base), "from", el("code", pull.head))
    return el("div", badge(issue), el("span", spaced(who, verb, count(made, "commit"), *branches)), class_="meta")


def _tabs(issue: Issue, pull: Pull, made: tuple[Commit, ...], changed: tuple[FilePatch, ...]) -> Html:
    said = len(issue.comments) + len(pull.reviews)
    tabs = (("conversation", "Conversation", said), ("commits", "Commits", len(made)), ("files", "Files", len(changed)))
    links = (el("a", name, " ", el("i", str(number)), href=f"#{anchor}") for anchor, name, number in tabs)
    added, removed = sum(file.additions for file in changed), sum(file.deletions for file in changed)
    return el("nav", *links, bar(added, removed), class_="tabs")


def _end(issue: Issue, pull: Pull) -> Html:
    state = "merged" if pull.merged_at else "closed" if issue.state == "closed" else "draft" if pull.draft else "open"
    drawing, title, words = _ENDS[state]
    text = el("div", el("b", title), el("span", words, class_="quiet"))
    return el("div", el("span", icon(drawing), class_="mark"), text, class_=f"box end {state}")


def _review(repository: Repository, given: Review) -> Html:
    verdict = el("span", _VERDICTS[given.state], class_=f"verdict {given.state.lower()}")
    notes = f"with {count(len(given.comments), 'remark')} on lines" if given.comments else ""
    content = prose(repository, given.body) if given.body.strip() else Html()
    return post(given.author, spaced(verdict, notes, ago(given.created_at)), content, f"pullrequestreview-{given.id}")


def _remarks(repository: Repository, pull: Pull) -> dict[tuple[str, int | None], Html]:
    grouped: dict[tuple[str, int | None], list[Html]] = defaultdict(list)
    for given in pull.reviews:
        for note in given.comments:
            grouped[note.path, note.line].append(_remark(repository, note))
    return {place: joined(notes) for place, notes in grouped.items()}


def _remark(repository: Repository, note: LineComment) -> Html:
    by = el("div", spaced(avatar(note.author), el("b", note.author), ago(note.created_at)), class_="by")
    return el("div", by, prose(repository, note.body), class_="note", id=f"discussion_r{note.id}")


def _commit(made: Commit) -> Html:
    subject, _, rest = made.message.partition("\n")
    more = el("details", el("summary", "message"), el("pre", rest.strip())) if rest.strip() else ""
    by = el("span", f"{made.author.name} committed ", ago(datetime.fromisoformat(made.author.date)), class_="quiet")
    return el("li", icon("commit"), el("div", el("b", subject), by, more), el("code", made.sha[:7]))
