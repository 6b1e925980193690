"""What happened on the forge, as the body of a webhook."""

from typing import Any

from demo.forge.api import shapes
from demo.forge.api.pull_shapes import pull_request
from demo.forge.hooks import Hooks
from demo.forge.records import Comment, Issue, Repository
from demo.forge.store import Store

_KINDS = {"labeled", "unlabeled", "closed", "reopened", "locked", "unlocked", "opened", "edited"}


class News:
    """Passes on what happens in the store."""

    def __init__(self, store: Store, hooks: Hooks) -> None:
        self._store = store
        self._hooks = hooks

    def happened(self, repository: Repository, issue: Issue, kind: str, actor: str, label: str | None) -> None:
        """Deliver an entry of a timeline, if it is of a kind that webhooks tell of."""
        if kind not in _KINDS:
            return
        body = self._body(repository, kind, actor)
        if label is not None:
            body["label"] = shapes.label(self._store, repository, label)
        if issue.pull is None:
            self._hooks.deliver(repository.id, "issues", body | {"issue": self._issue(repository, issue)})
            return
        shape = pull_request(self._store, repository, issue, actor) | {"merged": issue.pull.merged_at is not None}
        self._hooks.deliver(repository.id, "pull_request", body | {"number": issue.number, "pull_request": shape})

    def commented(self, repository: Repository, issue: Issue, comment: Comment, action: str, actor: str) -> None:
        """Deliver a comment."""
        said = shapes.comment(self._store, repository, issue, comment)
        both = {"issue": self._issue(repository, issue), "comment": said}
        self._hooks.deliver(repository.id, "issue_comment", self._body(repository, action, actor) | both)

    def _issue(self, repository: Repository, issue: Issue) -> dict[str, Any]:
        return shapes.issue(self._store, repository, issue)

    def _body(self, repository: Repository, action: str, actor: str) -> dict[str, Any]:
        shown = shapes.repository(self._store, repository, actor)
        return {"action": action, "repository": shown, "sender": shapes.user(self._store, actor)}
