"""The pages' addresses."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from demo.forge.api.pull_shapes import base_sha
from demo.forge.pages.html import Html, el
from demo.forge.pages.issue_page import issue_page
from demo.forge.pages.layout import page
from demo.forge.pages.lists import home_page, repository_page
from demo.forge.pages.pull_page import pull_page
from demo.forge.records import Issue, Repository
from demo.forge.store import Store

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Pages:
    """Everybody may look at what is public; a private repository has no page."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[BaseRoute]:
        """The routes, most exact first."""
        return [
            Route("/", self._home),
            Route("/{owner}/{repo}/pull/{number:int}.diff", self._diff),
            Route("/{owner}/{repo}/pull/{number:int}", self._item),
            Route("/{owner}/{repo}/issues/{number:int}", self._item),
            Route("/{owner}/{repo}", self._repository),
            Route("/{rest:path}", self._missing),
        ]

    def html(self, repo: str, number: int) -> str:
        """The page of an issue or pull request. Raises `KeyError` if there is none."""
        with self._store.lock:
            repository = self._store.repositories[repo.lower()]
            return self._render(repository, self._store.issues(repository)[number])

    def _render(self, repository: Repository, issue: Issue) -> str:
        pull = self._store.follow(repository, issue)
        if pull is None:
            return issue_page(self._store, repository, issue)
        return pull_page(self._store, repository, issue, pull)

    def _find(self, request: Request) -> Repository | None:
        found = self._store.repository(f"{request.path_params['owner']}/{request.path_params['repo']}")
        return None if found is None or found.private else found

    def _home(self, _request: Request) -> Response:
        with self._store.lock:
            return _html(home_page(self._store))

    def _repository(self, request: Request) -> Response:
        with self._store.lock:
            repository = self._find(request)
            return _html(repository_page(self._store, repository)) if repository else self._missing(request)

    def _item(self, request: Request) -> Response:
        with self._store.lock:
            repository = self._find(request)
            issue = self._store.issues(repository).get(request.path_params["number"]) if repository else None
            if repository is None or issue is None:
                return self._missing(request)
            kind = "pull" if issue.pull else "issues"
            if f"/{kind}/" not in request.url.path:
                return RedirectResponse(f"/{repository.full_name}/{kind}/{issue.number}", 302)
            return _html(self._render(repository, issue))

    def _diff(self, request: Request) -> Response:
        with self._store.lock:
            repository = self._find(request)
            issue = self._store.issues(repository).get(request.path_params["number"]) if repository else None
            if repository is None or issue is None or issue.pull is None:
                return self._missing(request)
            self._store.follow(repository, issue)
            return PlainTextResponse(repository.git.diff(base_sha(repository, issue.pull), issue.pull.head_sha))

    def _missing(self, _request: Request) -> Response:
        words = el("p", "This address is not part of the rehearsal. ", el("a", "All repositories", href="/"))
        return _html(page("Not found", Html(), el("h1", "Nothing here"), words), 404)


def _html(content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(content, status, {"content-security-policy": _POLICY, "x-content-type-options": "nosniff"})
