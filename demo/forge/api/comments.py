"""Comments below issues and pull requests."""

from demo.forge.accounts import Right
from demo.forge.api import shapes
from demo.forge.api.answer import BODY_LIMIT, Answer, Refusal, forbidden, not_found, too_long
from demo.forge.api.call import Call
from demo.forge.records import Comment, Issue, Repository


def listing(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues/{number}/comments, oldest first."""
    repository = call.repository()
    item = call.issue(repository)
    return Answer([shapes.comment(call.store, repository, item, note) for note in item.comments])


def create(call: Call) -> Answer:
    """POST /repos/{owner}/{repo}/issues/{number}/comments; a locked issue takes them from writers alone."""
    repository = call.repository("read", "issues")
    item = call.issue(repository)
    body = _body(call)
    if item.locked and not call.may(repository, "write"):
        raise Refusal(403, "Unable to create comment because issue is locked.")
    note = call.store.comment(repository, item, call.login, body)
    return Answer(shapes.comment(call.store, repository, item, note), 201)


def show(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/issues/comments/{id}."""
    repository = call.repository()
    item, note = _find(call, repository)
    return Answer(shapes.comment(call.store, repository, item, note))


def update(call: Call) -> Answer:
    """PATCH /repos/{owner}/{repo}/issues/comments/{id}."""
    repository = call.repository("read", "issues")
    item, note = _own(call, repository, "write")
    call.store.edit(repository, item, note, _body(call), call.login)
    return Answer(shapes.comment(call.store, repository, item, note))


def delete(call: Call) -> Answer:
    """DELETE /repos/{owner}/{repo}/issues/comments/{id}."""
    repository = call.repository("read", "issues")
    item, note = _own(call, repository, "write")
    item.comments.remove(note)
    return Answer(None, 204)


def _body(call: Call) -> str:
    body = call.text("body", "IssueComment")
    if len(body) > BODY_LIMIT:
        raise too_long("IssueComment", "data", "unprocessable")
    return body


def _find(call: Call, repository: Repository) -> tuple[Issue, Comment]:
    for item in call.store.issues(repository).values():
        for note in item.comments:
            if str(note.id) == call.path["id"]:
                return item, note
    raise not_found()


def _own(call: Call, repository: Repository, needed: Right) -> tuple[Issue, Comment]:
    item, note = _find(call, repository)
    if note.author != call.login and not call.may(repository, needed):
        raise forbidden()
    return item, note
