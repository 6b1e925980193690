"""The forge as its owner sees it: a server to start, and a seam to set the scene and look behind it."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from demo.forge.accounts import Grant, Right, Scope
from demo.forge.api.table import api_routes
from demo.forge.bare import Signature
from demo.forge.by_id import ById
from demo.forge.git_over_http import GitOverHttp
from demo.forge.hooks import Hook, Hooks
from demo.forge.news import News
from demo.forge.pages.views import Pages
from demo.forge.records import Comment, Issue, Repository
from demo.forge.store import Store
from demo.wire.faults import Fault, Faults
from demo.wire.gate import Gate
from demo.wire.journal import Journal
from demo.wire.server import Server

_GIT_METHODS = ["GET", "POST"]


class Forge:
    """A forge on a loopback port (0 takes a free one); bare repositories live below `folder`, which it empties.

    `journal` is the request log, `faults` what goes wrong next, `hooks` the webhooks and what they sent.
    Everything else is kept in memory.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._server = Server(port)
        self.url = self._server.url
        self.api_url = f"{self.url}/api/v3"
        self.store = Store(self.url, folder)
        self.journal = Journal()
        self.faults = Faults()
        self.hooks = Hooks()
        self._pages = Pages(self.store)
        if folder.exists():
            shutil.rmtree(folder)

    def start(self) -> None:
        """Serve from now on."""
        git = Route("/{owner}/{repo}.git/{service:path}", GitOverHttp(self.store).__call__, methods=_GIT_METHODS)
        app = Starlette(routes=[*api_routes(self.store), git, *self._pages.routes()])
        self._server.start(Gate(ById(app, self.store), self.journal, self.faults))

    def stop(self) -> None:
        """Serve no longer; the repositories stay on disk."""
        self.hooks.stop()
        self._server.stop()

    def add_token(self, token: str, login: str, *, read_only: frozenset[Scope] = frozenset()) -> None:
        """Register a token of a person; scopes in `read_only` it can't write, whatever the person may do."""
        with self.store.lock:
            self.store.accounts.grants[token] = Grant(self.store.accounts.person(login).login, read_only)

    def set_permission(self, repo: str, login: str, right: Right) -> None:
        """What somebody may do on a repository."""
        with self.store.lock:
            person = self.store.accounts.person(login)
            self.store.accounts.rights.setdefault(self.repository(repo).id, {})[person.login.lower()] = right

    def add_webhook(self, repo: str, url: str, secret: str) -> None:
        """Tell an address what happens in a repository from now on, signed with the secret."""
        with self.store.lock:
            if not self.store.watchers:
                self.store.watchers.append(News(self.store, self.hooks))
            self.hooks.add(Hook(self.repository(repo).id, url, secret))

    def create_repository(
        self,
        repo: str,
        source: Path | None = None,
        *,
        default_branch: str = "main",
        private: bool = False,
        description: str = "",
    ) -> Repository:
        """Create `owner/name`: from a git bundle, from a folder's files as one commit, or empty."""
        owner, _, name = repo.partition("/")
        with self.store.lock:
            path = self.store.folder / owner / f"{name}.git"
            now = self.store.now()
            made = Repository(
                self.store.next_id(), owner, name, default_branch, path, now, description, private=private
            )
            made.git.create(default_branch)
            self.store.repositories[repo.lower()] = made
            self.set_permission(repo, owner, "admin")
        if source is not None and source.is_file():
            made.git.run("fetch", "-q", str(source.absolute()), "+refs/heads/*:refs/heads/*")
        elif source is not None:
            files = {str(file.relative_to(source)): file.read_text("utf-8") for file in _files(source)}
            self.commit(repo, default_branch, files, "First commit")
        return made

    def commit(
        self, repo: str, branch: str, files: Mapping[str, str | None], message: str, author: str = "somebody"
    ) -> str:
        """Commit files to a branch as somebody else would push it; None removes a file. Gives the sha."""
        repository = self.repository(repo)
        with self.store.lock:
            tip = repository.git.branch_sha(branch)
            parent = tip or repository.git.branch_sha(repository.default_branch)
            tree = repository.git.tree_with(parent, files)
            signature = Signature(author, f"{author}@users.noreply.rehearsal", datetime.now(UTC).isoformat())
            sha = repository.git.commit_tree(tree, (parent,) if parent else (), message, signature)
            repository.git.set_ref(f"refs/heads/{branch}", sha)
            for issue in self.store.issues(repository).values():
                self.store.follow(repository, issue)
            return sha

    def create_issue(
        self, repo: str, title: str, body: str, *, author: str = "customer", labels: Mapping[str, str] | None = None
    ) -> Issue:
        """Open an issue; `labels` maps each label to the login of who set it."""
        with self.store.lock:
            issue = self.store.open_issue(self.repository(repo), author, title, body)
            for label, login in (labels or {}).items():
                self.store.add_labels(issue, [label], login)
            return issue

    def comment(self, repo: str, number: int, author: str, body: str) -> Comment:
        """Comment on an issue as somebody."""
        with self.store.lock:
            return self.store.comment(self.repository(repo), self.issue(repo, number), author, body)

    def label(self, repo: str, number: int, name: str, actor: str) -> None:
        """Put a label on as somebody."""
        with self.store.lock:
            self.store.add_labels(self.issue(repo, number), [name], actor)

    def unlabel(self, repo: str, number: int, name: str, actor: str) -> None:
        """Take a label off as somebody."""
        with self.store.lock:
            self.store.remove_label(self.issue(repo, number), name, actor)

    def close(self, repo: str, number: int, actor: str) -> None:
        """Close an issue or a pull request as somebody."""
        with self.store.lock:
            self.store.set_state(self.issue(repo, number), "closed", actor)

    def rename(self, repo: str, new: str) -> None:
        """Rename or transfer to `owner/name`; the API answers 301 at the old name."""
        with self.store.lock:
            repository = self.repository(repo)
            self.store.renamed[repo.lower()] = repository.id
            del self.store.repositories[repo.lower()]
            repository.owner, _, repository.name = new.partition("/")
            self.store.repositories[new.lower()] = repository

    def issue(self, repo: str, number: int) -> Issue:
        """An issue or pull request as it is now. Raises `KeyError` if there is none."""
        with self.store.lock:
            repository = self.repository(repo)
            issue = self.store.issues(repository)[number]
            self.store.follow(repository, issue)
            return issue

    def pulls(self, repo: str) -> tuple[Issue, ...]:
        """The pull requests, oldest first."""
        with self.store.lock:
            return tuple(issue for issue in self.store.issues(self.repository(repo)).values() if issue.pull)

    def branch_sha(self, repo: str, branch: str) -> str | None:
        """The tip of a branch; None if there is no such branch."""
        return self.repository(repo).git.branch_sha(branch)

    def save_page(self, repo: str, number: int, file: Path) -> None:
        """Write the page of an issue or pull request to a file that needs no server. Raises `KeyError`."""
        file.write_text(self._pages.html(repo, number), "utf-8")

    def fail(self, fault: Fault) -> None:
        """Make the next requests that match go wrong."""
        self.faults.add(fault)

    def repository(self, repo: str) -> Repository:
        """A repository by `owner/name`. Raises `KeyError` if there is none."""
        return self.store.repositories[repo.lower()]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
