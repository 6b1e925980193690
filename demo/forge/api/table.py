"""Which handler answers which path."""

from starlette.routing import BaseRoute, Route

from demo.forge.api import comments, graphql, issues, pulls, repositories, reviews, search
from demo.forge.api.answer import Answer
from demo.forge.api.call import Call
from demo.forge.api.endpoint import Endpoints, Handler
from demo.forge.store import Store

_REPO = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPO}/issues/{{number}}"
_PULL = f"{_REPO}/pulls/{{number}}"

_TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/user", repositories.me),
    ("GET", "/user/repos", repositories.mine),
    ("GET", "/users/{login}", repositories.somebody),
    ("GET", _REPO, repositories.show),
    ("GET", f"{_REPO}/collaborators/{{login}}/permission", repositories.permission),
    ("GET", f"{_REPO}/branches", repositories.branches),
    ("GET", f"{_REPO}/branches/{{branch:path}}", repositories.branch),
    ("GET", f"{_REPO}/git/ref/{{ref:path}}", repositories.ref),
    ("DELETE", f"{_REPO}/git/refs/{{ref:path}}", repositories.delete_ref),
    ("GET", f"{_REPO}/commits", repositories.commits),
    ("GET", f"{_REPO}/commits/{{revision:path}}", repositories.one_commit),
    ("GET", f"{_REPO}/labels", issues.repository_labels),
    ("GET", f"{_REPO}/issues", issues.listing),
    ("POST", f"{_REPO}/issues", issues.create),
    ("GET", f"{_REPO}/issues/comments/{{id}}", comments.show),
    ("PATCH", f"{_REPO}/issues/comments/{{id}}", comments.update),
    ("DELETE", f"{_REPO}/issues/comments/{{id}}", comments.delete),
    ("GET", _ISSUE, issues.show),
    ("PATCH", _ISSUE, issues.update),
    ("GET", f"{_ISSUE}/comments", comments.listing),
    ("POST", f"{_ISSUE}/comments", comments.create),
    ("GET", f"{_ISSUE}/labels", issues.labels),
    ("POST", f"{_ISSUE}/labels", issues.add_labels),
    ("DELETE", f"{_ISSUE}/labels/{{name:path}}", issues.remove_label),
    ("PUT", f"{_ISSUE}/lock", issues.lock),
    ("DELETE", f"{_ISSUE}/lock", issues.unlock),
    ("GET", f"{_ISSUE}/timeline", issues.timeline),
    ("GET", f"{_ISSUE}/events", issues.events),
    ("GET", f"{_REPO}/pulls", pulls.listing),
    ("POST", f"{_REPO}/pulls", pulls.create),
    ("GET", _PULL, pulls.show),
    ("PATCH", _PULL, pulls.update),
    ("GET", f"{_PULL}/files", pulls.changed_files),
    ("GET", f"{_PULL}/commits", pulls.commit_list),
    ("GET", f"{_PULL}/merge", pulls.is_merged),
    ("PUT", f"{_PULL}/merge", pulls.merge),
    ("POST", f"{_PULL}/merge", pulls.merge),
    ("GET", f"{_PULL}/reviews", reviews.listing),
    ("POST", f"{_PULL}/reviews", reviews.create),
    ("GET", f"{_PULL}/comments", reviews.line_comments),
    ("POST", f"{_PULL}/requested_reviewers", reviews.request_reviewers),
    ("GET", "/search/issues", search.issues),
    ("POST", "/graphql", graphql.run),
)
_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def api_routes(store: Store) -> list[BaseRoute]:
    """The routes of the API; whatever is left over below /api answers 404 as GitHub does."""
    endpoints = Endpoints(store)

    def rate_limit(_call: Call) -> Answer:
        figures = endpoints.meter.figures()
        return Answer({"resources": {"core": figures}, "rate": figures})

    table = (*_TABLE, ("GET", "/rate_limit", rate_limit))
    routes: list[BaseRoute] = [Route(f"/api/v3{path}", endpoints.of(h), methods=[method]) for method, path, h in table]
    routes += [Route(path, endpoints.of(graphql.run), methods=["POST"]) for path in ("/api/graphql", "/graphql")]
    return [*routes, Route("/api/{rest:path}", endpoints.of(issues.missing), methods=_ANY)]
