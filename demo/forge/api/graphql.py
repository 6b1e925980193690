"""The GraphQL mutations that make a draft ready and back, and queries: who we are, who edited an issue."""

import re
from typing import Any

from demo.forge.api.answer import Answer
from demo.forge.api.call import Call
from demo.forge.api.shapes import when
from demo.forge.records import Issue, Pull, Repository

_MUTATIONS = {"markPullRequestReadyForReview": False, "convertPullRequestToDraft": True}
_INLINE_ID = re.compile(r'pullRequestId:\s*"([^"]+)"')


def run(call: Call) -> Answer:
    """POST /api/graphql; errors come with status 200, as GitHub sends them."""
    query = call.field("query") or ""
    for name, draft in _MUTATIONS.items():
        if re.search(rf"\b{name}\s*\(", query):
            return _mutate(call, name, query, draft=draft)
    if "lastEditedAt" in query:
        return _edits(call, call.field("variables") or {})
    if re.search(r"\bviewer\b", query):
        return Answer({"data": {"viewer": {"login": call.login}}})
    return _error("UNSUPPORTED", "The rehearsal's forge does not know this query")


def _edits(call: Call, given: dict[str, Any]) -> Answer:
    repository = call.store.repository(f"{given.get('owner')}/{given.get('name')}")
    item = call.store.issues(repository).get(given.get("number", 0)) if repository else None
    if item is None:
        return _error("NOT_FOUND", "Could not resolve to an Issue", "repository")
    editor = {"login": item.edited_by} if item.edited_at else None
    shape = {"lastEditedAt": when(item.edited_at), "editor": editor}
    return Answer({"data": {"repository": {"issue": shape}}})


def _mutate(call: Call, name: str, query: str, *, draft: bool) -> Answer:
    wanted = _id(call.field("variables") or {}, query)
    found = _find(call, wanted)
    if found is None:
        return _error("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted}'", name)
    repository, item, pull = found
    if not call.may(repository, "write") or "pull_requests" in call.grant.read_only:
        return _error("FORBIDDEN", "Resource not accessible by personal access token", name)
    if pull.draft != draft:
        pull.draft = draft
        call.store.event(item, "convert_to_draft" if draft else "ready_for_review", call.login)
    shape = {"id": wanted, "number": item.number, "isDraft": pull.draft, "state": item.state.upper()}
    shape["url"] = f"{call.store.url}/{repository.full_name}/pull/{item.number}"
    return Answer({"data": {name: {"clientMutationId": None, "pullRequest": shape}}})


def _id(variables: dict[str, Any], query: str) -> str:
    inline = _INLINE_ID.search(query)
    if inline:
        return inline[1]
    nested = [value.get("pullRequestId") for value in variables.values() if isinstance(value, dict)]
    plain = [value for value in variables.values() if isinstance(value, str) and value.startswith("PR_")]
    return next((str(one) for one in [*nested, *plain] if one), "")


def _find(call: Call, node_id: str) -> tuple[Repository, Issue, Pull] | None:
    for repository in call.store.repositories.values():
        for item in call.store.issues(repository).values():
            if item.pull and node_id == f"PR_{item.id}":
                return repository, item, item.pull
    return None


def _error(kind: str, message: str, path: str | None = None) -> Answer:
    error: dict[str, Any] = {"type": kind, "message": message}
    if path is None:
        return Answer({"data": None, "errors": [error]})
    return Answer({"data": {path: None}, "errors": [error | {"path": [path]}]})
