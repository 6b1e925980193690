"""Reviews, their comments on lines, and who is asked for one."""

from typing import Any

from demo.forge.api.answer import BODY_LIMIT, Answer, Refusal, too_long
from demo.forge.api.call import Call
from demo.forge.api.pull_shapes import files, line_comment, review, whole_pull_request
from demo.forge.patch import FilePatch
from demo.forge.records import LineComment, Pull, Repository, Review

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", None: "PENDING"}


def listing(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/reviews."""
    repository = call.repository()
    item, pull = call.pull(repository)
    return Answer([review(call.store, repository, item, given) for given in pull.reviews])


def create(call: Call) -> Answer:
    """POST /repos/{owner}/{repo}/pulls/{number}/reviews; comments must stand on lines of the diff."""
    repository = call.repository("read", "pull_requests")
    item, pull = call.pull(repository)
    event, body = call.field("event"), call.field("body") or ""
    _check(call, item.author, body, event)
    commit = call.field("commit_id") or pull.head_sha
    now = call.store.now()
    given = Review(call.store.next_id(), call.login, body, _STATES[event], commit, now)  # type: ignore[arg-type]  # _check
    changed = {file.path: file for file in files(repository, pull)}
    for wanted in call.field("comments") or []:
        line = _line(wanted, changed)
        side = wanted.get("side", "RIGHT")
        note = LineComment(call.store.next_id(), call.login, wanted["body"], wanted["path"], line, side, commit, now)
        given.comments.append(note)
    pull.reviews.append(given)
    item.updated_at = now
    return Answer(review(call.store, repository, item, given))


def _check(call: Call, author: str, body: str, event: Any) -> None:
    if event not in _STATES:
        raise Refusal(422, "Unprocessable Entity", [{"message": f"{event} is not a review event"}])
    if len(body) > BODY_LIMIT:
        raise too_long("PullRequestReview", "body")
    own = author == call.login
    if own and event in {"APPROVE", "REQUEST_CHANGES"}:
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise _unprocessable(f"Can not {verb} your own pull request")
    if event in {"COMMENT", "REQUEST_CHANGES"} and not body and not call.field("comments"):
        raise _unprocessable("Body can't be blank")


def _unprocessable(message: str) -> Refusal:
    return Refusal(422, "Unprocessable Entity", [{"message": message}])


def _line(wanted: dict[str, Any], changed: dict[str, FilePatch]) -> int | None:
    file = changed.get(wanted.get("path", ""))
    if file is None:
        raise _unprocessable("Path could not be resolved")
    if wanted.get("subject_type") == "file" or ("position" in wanted and "line" not in wanted):
        return None
    side = "old" if wanted.get("side") == "LEFT" else "new"
    line = wanted.get("line")
    if not isinstance(line, int) or line not in {getattr(shown, side) for shown in file.lines()}:
        raise _unprocessable("Line could not be resolved")
    return line


def line_comments(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/pulls/{number}/comments: of all reviews."""
    repository = call.repository()
    item, pull = call.pull(repository)
    pairs = [(given, note) for given in pull.reviews for note in given.comments]
    return Answer([line_comment(call.store, repository, item, given, note) for given, note in pairs])


def request_reviewers(call: Call) -> Answer:
    """POST /repos/{owner}/{repo}/pulls/{number}/requested_reviewers; only collaborators can be asked."""
    repository = call.repository("write", "pull_requests")
    item, pull = call.pull(repository)
    for login in call.field("reviewers") or []:
        _ask(call, repository, item.author, pull, login)
        call.store.event(item, "review_requested", call.login)
    return Answer(whole_pull_request(call.store, repository, item, call.login), 201)


def _ask(call: Call, repository: Repository, author: str, pull: Pull, login: str) -> None:
    if login.lower() == author.lower():
        raise Refusal(422, "Review cannot be requested from pull request author.")
    if login.lower() not in call.store.accounts.rights.get(repository.id, {}):
        raise Refusal(
            422, "Reviews may only be requested from collaborators. One or more of the users is not a collaborator."
        )
    if login not in pull.reviewers:
        pull.reviewers.append(login)
