"""Issues, which pull requests are too, and their labels, locks and timelines."""

from datetime import datetime
from typing import Any

from demo.forge.api import shapes
from demo.forge.api.answer import BODY_LIMIT, Answer, Refusal, forbidden, not_found, too_long
from demo.forge.api.call import Call
from demo.forge.records import Issue, Repository


def chosen(call: Call, items: list[Issue]) -> list[Issue]:
    """Those that the query's state, labels and times choose, newest first unless it says otherwise."""
    state = call.query.get("state", "open")
    labels = {name.lower() for name in call.query.get("labels", "").split(",") if name}
    since = call.query.get("since")
    start = datetime.fromisoformat(since) if since else None
    kept = [
        item
        for item in items
        if state in {"all", item.state}
        and labels <= {name.lower() for name in item.labels}
        and (start is None or item.updated_at >= start)
    ]
    key = call.query.get("sort", "created")
    newest_first = call.query.get("direction", "desc") == "desc"
    moment = (
        (lambda item: (item.updated_at, item.number))
        if key == "updated"
        else (lambda item: (item.created_at, item.number))
    )
    return sorted(kept, key=moment, reverse=newest_first)


def everyone(call: Call, repository: Repository) -> list[Issue]:
    """All issues and pull requests, their heads up to date."""
    items = list(call.store.issues(repository).values())
    for item in items:
        call.store.follow(repository, item)
    return items


def listing(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues: pull requests among them."""
    repository = call.repository()
    items = chosen(call, everyone(call, repository))
    return Answer([shapes.issue(call.store, repository, item) for item in items])


def show(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues/{number}."""
    repository = call.repository()
    return Answer(shapes.issue(call.store, repository, call.issue(repository)))


def create(call: Call) -> Answer:
    """POST /repos/{owner}/{repo}/issues."""
    repository = call.repository("read", "issues")
    title, body = call.text("title", "Issue"), call.field("body") or ""
    if len(body) > BODY_LIMIT:
        raise too_long("Issue", "body")
    item = call.store.open_issue(repository, call.login, title, body)
    if call.may(repository, "triage"):
        call.store.add_labels(item, _names(call.field("labels", [])), call.login)
    return Answer(shapes.issue(call.store, repository, item), 201)


def update(call: Call) -> Answer:
    """PATCH /repos/{owner}/{repo}/issues/{number}: title, body, state, labels."""
    repository = call.repository("read", "issues")
    item = call.issue(repository)
    if not call.may(repository, "triage") and item.author != call.login:
        raise forbidden()
    change(call, item)
    if isinstance(labels := call.field("labels"), list):
        _set_labels(call, item, _names(labels))
    return Answer(shapes.issue(call.store, repository, item))


def change(call: Call, item: Issue) -> None:
    """Set the title, body and state that the request names. Raises `Refusal` (422) for a long body."""
    body, title = call.field("body"), call.field("title")
    if body is not None and len(body) > BODY_LIMIT:
        raise too_long("Issue", "body")
    if isinstance(title, str) and title != item.title:
        call.store.event(item, "renamed", call.login, rename={"from": item.title, "to": title})
        item.title = title
    if body is not None and body != item.body:
        item.body, item.edited_at, item.edited_by = body, call.store.now(), call.login
    if call.field("state") in {"open", "closed"}:
        call.store.set_state(item, call.field("state"), call.login, call.field("state_reason"))
    item.updated_at = call.store.now()


def _set_labels(call: Call, item: Issue, names: list[str]) -> None:
    for name in [old for old in item.labels if old not in names]:
        call.store.remove_label(item, name, call.login)
    call.store.add_labels(item, names, call.login)


def _names(labels: Any) -> list[str]:
    listed = labels.get("labels", []) if isinstance(labels, dict) else labels or []
    return [str(one["name"] if isinstance(one, dict) else one) for one in listed]


def _labels(call: Call, repository: Repository, item: Issue) -> list[dict[str, Any]]:
    return [shapes.label(call.store, repository, name) for name in item.labels]


def labels(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/labels."""
    repository = call.repository()
    return Answer(_labels(call, repository, call.issue(repository)))


def add_labels(call: Call) -> Answer:
    """POST /repos/{owner}/{repo}/issues/{number}/labels: a list, or an object with one."""
    repository = call.repository("triage", "issues")
    item = call.issue(repository)
    call.store.add_labels(item, _names(call.body), call.login)
    return Answer(_labels(call, repository, item))


def remove_label(call: Call) -> Answer:
    """DELETE /repos/{owner}/{repo}/issues/{number}/labels/{name}."""
    repository = call.repository("triage", "issues")
    item = call.issue(repository)
    if call.path["name"] not in item.labels:
        raise Refusal(404, "Label does not exist")
    call.store.remove_label(item, call.path["name"], call.login)
    return Answer(_labels(call, repository, item))


def repository_labels(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/labels: those in use."""
    repository = call.repository()
    names = sorted({name for item in call.store.issues(repository).values() for name in item.labels})
    return Answer([shapes.label(call.store, repository, name) for name in names])


def lock(call: Call) -> Answer:
    """PUT /repos/{owner}/{repo}/issues/{number}/lock."""
    return _set_lock(call, locked=True)


def unlock(call: Call) -> Answer:
    """DELETE /repos/{owner}/{repo}/issues/{number}/lock."""
    return _set_lock(call, locked=False)


def _set_lock(call: Call, *, locked: bool) -> Answer:
    item = call.issue(call.repository("triage", "issues"))
    item.locked = locked
    call.store.event(item, "locked" if locked else "unlocked", call.login)
    return Answer(None, 204)


def timeline(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/timeline: events and comments, oldest first."""
    repository = call.repository()
    item = call.issue(repository)
    entries = [shapes.event(call.store, repository, happened) for happened in item.events]
    for note in item.comments:
        shape = shapes.comment(call.store, repository, item, note)
        entries.append(shape | {"event": "commented", "actor": shape["user"]})
    return Answer(sorted(entries, key=lambda entry: (entry["created_at"], entry["id"])))


def events(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/events: without comments and cross-references."""
    repository = call.repository()
    item = call.issue(repository)
    shown = [happened for happened in item.events if happened.kind != "cross-referenced"]
    return Answer([shapes.event(call.store, repository, happened) for happened in shown])


def missing(_call: Call) -> Answer:
    """Any other path."""
    raise not_found()
