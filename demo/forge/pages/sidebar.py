"""The column beside a conversation: reviewers, labels, linked issues."""

from demo.forge.pages.html import Html, el, joined
from demo.forge.pages.icons import icon
from demo.forge.pages.layout import avatar
from demo.forge.pages.thread import link_to, pills, state_icon
from demo.forge.records import Issue, Pull, Repository
from demo.forge.store import Store, closed_by

_MARKS = {"APPROVED": "check", "CHANGES_REQUESTED": "cross", "COMMENTED": "remark", "PENDING": "remark"}


def sidebar(store: Store, repository: Repository, issue: Issue) -> Html:
    """What there is to say besides the conversation; empty parts say so."""
    parts = [_part("Labels", pills(store, repository, issue))]
    if issue.pull:
        closes = [store.issues(repository).get(number) for number in closed_by(issue.body)]
        linked = joined(_linked(repository, one) for one in closes if one is not None)
        parts = [_part("Reviews", _reviews(issue.pull)), *parts, _part("Closes when merged", linked)]
    return el("aside", *parts)


def _part(title: str, content: Html) -> Html:
    return el("section", el("h3", title), content or el("p", "None yet", class_="quiet"))


def _reviews(pull: Pull) -> Html:
    newest = {given.author: given.state for given in pull.reviews}
    marks = {login: _MARKS[state] for login, state in newest.items()}
    people = dict.fromkeys([*pull.reviewers, *marks])
    rows = (el("p", avatar(who), who, icon(marks[who]) if who in marks else "", class_="person") for who in people)
    return joined(rows)


def _linked(repository: Repository, issue: Issue) -> Html:
    mark = el("span", state_icon(issue), class_=f"dot {issue.state}")
    return el("p", mark, el("a", f"{issue.title} #{issue.number}", href=link_to(repository, issue)), class_="person")
