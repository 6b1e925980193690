"""The forge's memory, and the rules that hold whoever changes it."""

import itertools
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from demo.forge.accounts import Accounts
from demo.forge.records import Comment, Event, Issue, Pull, Repository

_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b", re.IGNORECASE)
_MENTIONS = re.compile(r"(?<![\w/&])#(\d+)\b")


def closed_by(text: str) -> tuple[int, ...]:
    """The issues that a text says it closes, by the forge's closing keywords."""
    return tuple(dict.fromkeys(int(number) for number in _CLOSES.findall(text)))


class Watcher(Protocol):
    """Wants to know what happens; called under the store's lock."""

    def happened(self, repository: Repository, issue: Issue, kind: str, actor: str, label: str | None) -> None:
        """Something that stands in the timeline, or that the issue was `opened`."""

    def commented(self, repository: Repository, issue: Issue, comment: Comment, action: str, actor: str) -> None:
        """A comment was `created` or `edited`."""


class Store:
    """Everything but the git objects. Whoever reads or writes holds `lock`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.lock = threading.RLock()
        self.accounts = Accounts()
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, int] = {}
        self.watchers: list[Watcher] = []
        self._issues: dict[int, dict[int, Issue]] = {}
        self._ids = itertools.count(2_004_117_003, 37)

    def next_id(self) -> int:
        """A database id that was not used before."""
        return next(self._ids)

    def now(self) -> datetime:
        """The time, to the second, as the API tells it."""
        return datetime.now(UTC).replace(microsecond=0)

    def repository(self, full_name: str) -> Repository | None:
        """The repository of a name, in any case."""
        return self.repositories.get(full_name.lower())

    def issues(self, repository: Repository) -> dict[int, Issue]:
        """Issues and pull requests by number."""
        return self._issues.setdefault(repository.id, {})

    def open_issue(self, repository: Repository, author: str, title: str, body: str, pull: Pull | None = None) -> Issue:
        """Open an issue, or a pull request, under the next free number."""
        number = max(self.issues(repository), default=0) + 1
        now = self.now()
        person = self.accounts.person(author)
        issue = Issue(self.next_id(), number, person.login, title, body, now, now, pull=pull)
        self.issues(repository)[number] = issue
        self.mention(repository, issue, issue.author, body)
        self._tell(issue, "opened", issue.author)
        return issue

    def comment(self, repository: Repository, issue: Issue, author: str, body: str) -> Comment:
        """Comment on an issue."""
        now = self.now()
        comment = Comment(self.next_id(), self.accounts.person(author).login, body, now, now)
        issue.comments.append(comment)
        issue.updated_at = now
        self.mention(repository, issue, author, body)
        self._tell_of(repository, issue, comment, "created", comment.author)
        return comment

    def edit(self, repository: Repository, issue: Issue, comment: Comment, body: str, actor: str) -> None:
        """Change a comment's text."""
        comment.body = body
        comment.updated_at = self.now()
        self._tell_of(repository, issue, comment, "edited", actor)

    def event(self, issue: Issue, kind: str, actor: str, **detail: Any) -> None:
        """Write into the issue's timeline."""
        issue.updated_at = self.now()
        login = self.accounts.person(actor).login
        issue.events.append(Event(self.next_id(), kind, login, issue.updated_at, detail))
        self._tell(issue, kind, login, detail.get("label"))

    def mention(self, repository: Repository, source: Issue, actor: str, text: str) -> None:
        """Note in the timelines of the issues that a text names that it named them."""
        for number in dict.fromkeys(int(found) for found in _MENTIONS.findall(text)):
            target = self.issues(repository).get(number)
            if target is not None and target is not source and not _knows(target, source.number):
                self.event(target, "cross-referenced", actor, source=source.number)

    def set_state(self, issue: Issue, state: str, actor: str, reason: str | None = None) -> None:
        """Close or open again."""
        if state == issue.state:
            return
        closing = state == "closed"
        issue.state = "closed" if closing else "open"
        issue.state_reason = (reason or "completed") if closing else "reopened"
        issue.closed_at = self.now() if closing else None
        issue.closed_by = actor if closing else ""
        self.event(issue, "closed" if closing else "reopened", actor)

    def add_labels(self, issue: Issue, names: list[str], actor: str) -> None:
        """Put labels on, each once."""
        for name in dict.fromkeys(names):
            if name not in issue.labels:
                issue.labels.append(name)
                self.event(issue, "labeled", actor, label=name)

    def remove_label(self, issue: Issue, name: str, actor: str) -> None:
        """Take a label off that is on."""
        issue.labels.remove(name)
        self.event(issue, "unlabeled", actor, label=name)

    def follow(self, repository: Repository, issue: Issue) -> Pull | None:
        """Bring an open pull request's head up to its branch; a deleted branch closes it."""
        pull = issue.pull
        if pull is None or issue.state == "closed":
            return pull
        tip = repository.git.branch_sha(pull.head)
        if tip is None:
            self.set_state(issue, "closed", issue.author)
        elif tip != pull.head_sha:
            forced = not repository.git.is_ancestor(pull.head_sha, tip)
            if forced:
                self.event(issue, "head_ref_force_pushed", issue.author, commit_id=tip)
            pull.head_sha = tip
            issue.updated_at = self.now()
            repository.git.set_ref(f"refs/pull/{issue.number}/head", tip)
        return pull

    def _tell(self, issue: Issue, kind: str, actor: str, label: str | None = None) -> None:
        for repository in self.repositories.values() if self.watchers else ():
            if self.issues(repository).get(issue.number) is issue:
                for watcher in self.watchers:
                    watcher.happened(repository, issue, kind, actor, label)

    def _tell_of(self, repository: Repository, issue: Issue, comment: Comment, action: str, actor: str) -> None:
        for watcher in self.watchers:
            watcher.commented(repository, issue, comment, action, actor)


def _knows(target: Issue, number: int) -> bool:
    return any(event.kind == "cross-referenced" and event.detail["source"] == number for event in target.events)
