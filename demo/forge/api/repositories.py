"""Repositories, the person behind the token, rights, branches, refs and commits."""

from typing import Any

from demo.forge.api import shapes
from demo.forge.api.answer import Answer, Refusal, not_found
from demo.forge.api.call import Call
from demo.forge.api.pull_shapes import commit
from demo.forge.records import Repository


def me(call: Call) -> Answer:
    """GET /user."""
    person = call.store.accounts.person(call.login)
    return Answer(shapes.user(call.store, call.login) | {"name": person.name, "email": None})


def somebody(call: Call) -> Answer:
    """GET /users/{login}."""
    person = call.store.accounts.people.get(call.path["login"].lower())
    if person is None:
        raise not_found()
    return Answer(shapes.user(call.store, person.login) | {"name": person.name})


def show(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}."""
    return Answer(shapes.repository(call.store, call.repository(), call.login))


def mine(call: Call) -> Answer:
    """GET /user/repos."""
    seen = [one for one in call.store.repositories.values() if call.may(one, "read")]
    return Answer([shapes.repository(call.store, one, call.login) for one in seen])


def permission(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/collaborators/{login}/permission."""
    repository = call.repository()
    if not call.may(repository, "write"):
        raise Refusal(403, "Must have push access to view collaborator permission.")
    person = call.store.accounts.people.get(call.path["login"].lower())
    if person is None:
        raise not_found()
    held = call.store.accounts.right(repository.id, person.login, private=repository.private)
    legacy = {"maintain": "write", "triage": "read"}.get(held, held)
    user = shapes.user(call.store, person.login)
    return Answer({"permission": legacy, "role_name": held, "user": user})


def _branch(call: Call, repository: Repository, name: str, sha: str) -> dict[str, Any]:
    short = {"sha": sha, "url": f"{call.store.url}/api/v3/repos/{repository.full_name}/commits/{sha}"}
    return {"name": name, "commit": short, "protected": False}


def branches(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/branches."""
    repository = call.repository()
    return Answer([_branch(call, repository, *pair) for pair in repository.git.branches().items()])


def branch(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/branches/{branch}; any branch of an empty repository is missing."""
    repository = call.repository()
    sha = repository.git.branch_sha(call.path["branch"])
    if sha is None:
        raise Refusal(404, "Branch not found")
    made = repository.git.commits(sha, limit=1)[0]
    return Answer(
        _branch(call, repository, call.path["branch"], sha) | {"commit": commit(call.store, repository, made)}
    )


def ref(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/git/ref/{ref}; 409 in an empty repository."""
    repository = call.repository()
    if not repository.git.branches():
        raise Refusal(409, "Git Repository is empty.")
    full = f"refs/{call.path['ref']}"
    sha = repository.git.sha(full)
    if sha is None:
        raise not_found()
    url = f"{call.store.url}/api/v3/repos/{repository.full_name}/git/{full}"
    return Answer({"ref": full, "node_id": f"REF_{full}", "url": url, "object": {"sha": sha, "type": "commit"}})


def delete_ref(call: Call) -> Answer:
    """DELETE /repos/{owner}/{repo}/git/refs/{ref}."""
    repository = call.repository("write", "contents")
    full = f"refs/{call.path['ref']}"
    if repository.git.sha(full) is None:
        raise Refusal(422, "Reference does not exist")
    repository.git.set_ref(full, None)
    for issue in call.store.issues(repository).values():
        call.store.follow(repository, issue)
    return Answer(None, 204)


def commits(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/commits, of the default branch unless `sha` names another start."""
    repository = call.repository()
    if not repository.git.branches():
        raise Refusal(409, "Git Repository is empty.")
    sha = repository.git.sha(call.query.get("sha", f"refs/heads/{repository.default_branch}"))
    if sha is None:
        raise not_found()
    return Answer([commit(call.store, repository, made) for made in repository.git.commits(sha)])


def one_commit(call: Call) -> Answer:
    """GET /repos/{owner}/{repo}/commits/{revision}."""
    repository = call.repository()
    sha = repository.git.sha(call.path["revision"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {call.path['revision']}")
    return Answer(commit(call.store, repository, repository.git.commits(sha, limit=1)[0]))
