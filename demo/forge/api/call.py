"""One API request, authenticated, and what its handler may ask of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.forge.accounts import Grant, Right, Scope, allows
from demo.forge.api.answer import Moved, Refusal, forbidden, invalid, not_found
from demo.forge.records import Issue, Pull, Repository
from demo.forge.store import Store


@dataclass(frozen=True)
class Call:
    """The handler's view: `path` are the path's parameters, `query` the first value of each, `body` the JSON."""

    store: Store
    grant: Grant
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def login(self) -> str:
        """Who asks."""
        return self.grant.login

    @property
    def number(self) -> int:
        """The number in the path. Raises `Refusal` (404) for one that is none."""
        number = self.path["number"]
        if not number.isdecimal():
            raise not_found()
        return int(number)

    def field(self, name: str, default: Any = None) -> Any:
        """A field of the JSON body."""
        return self.body.get(name, default) if isinstance(self.body, dict) else default

    def text(self, name: str, resource: str) -> str:
        """A text that must be there. Raises `Refusal` (422)."""
        value = self.field(name)
        if not isinstance(value, str) or not value.strip():
            raise invalid(resource, name, "missing_field")
        return value

    def repository(self, needed: Right = "read", scope: Scope | None = None) -> Repository:
        """The path's repository, if the caller has the right. Raises `Moved` and `Refusal` (403, 404)."""
        full_name = f"{self.path['owner']}/{self.path['repo']}"
        repository = self.store.repository(full_name)
        if repository is None:
            moved = self.store.renamed.get(full_name.lower())
            if moved is None:
                raise not_found()
            raise Moved(moved)
        held = self.right(repository)
        if not allows(held, "read"):
            raise not_found()
        if not allows(held, needed) or (scope in self.grant.read_only):
            raise forbidden()
        if scope is not None and repository.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        return repository

    def right(self, repository: Repository) -> Right:
        """What the caller may do there."""
        return self.store.accounts.right(repository.id, self.login, private=repository.private)

    def may(self, repository: Repository, needed: Right) -> bool:
        """Whether the caller has a right there."""
        return allows(self.right(repository), needed)

    def issue(self, repository: Repository) -> Issue:
        """The issue or pull request of the path's number. Raises `Refusal` (404)."""
        issue = self.store.issues(repository).get(self.number)
        if issue is None:
            raise not_found()
        self.store.follow(repository, issue)
        return issue

    def pull(self, repository: Repository) -> tuple[Issue, Pull]:
        """The pull request of the path's number. Raises `Refusal` (404)."""
        issue = self.issue(repository)
        if issue.pull is None:
            raise not_found()
        return issue, issue.pull
