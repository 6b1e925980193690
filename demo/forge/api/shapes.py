"""People, repositories and issues as the API shows them."""

from datetime import datetime
from typing import Any

from demo.forge.accounts import allows
from demo.forge.records import Comment, Event, Issue, Repository
from demo.forge.store import Store

Json = dict[str, Any]
_COLOURS = ("d73a4a", "0075ca", "a2eeef", "7057ff", "008672", "e4e669", "d876e3")


def when(moment: datetime | None) -> str | None:
    """A time as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def user(store: Store, login: str) -> Json:
    """A person as they appear inside other objects."""
    person = store.accounts.person(login)
    return {
        "login": person.login,
        "id": person.id,
        "node_id": f"U_{person.id}",
        "avatar_url": "",
        "url": f"{store.url}/api/v3/users/{person.login}",
        "html_url": f"{store.url}/{person.login}",
        "type": "Bot" if person.bot else "User",
        "site_admin": False,
    }


def repository(store: Store, one: Repository, login: str) -> Json:
    """A repository with what the asking person may do there."""
    held = store.accounts.right(one.id, login, private=one.private)
    html_url = f"{store.url}/{one.full_name}"
    return {
        "id": one.id,
        "node_id": f"R_{one.id}",
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "visibility": "private" if one.private else "public",
        "owner": user(store, one.owner),
        "html_url": html_url,
        "clone_url": f"{html_url}.git",
        "url": f"{store.url}/api/v3/repos/{one.full_name}",
        "description": one.description or None,
        "fork": False,
        "archived": one.archived,
        "disabled": False,
        "default_branch": one.default_branch,
        "has_issues": True,
        "created_at": when(one.created_at),
        "open_issues_count": sum(issue.state == "open" for issue in store.issues(one).values()),
        "permissions": {
            "admin": allows(held, "admin"),
            "maintain": allows(held, "maintain"),
            "push": allows(held, "write"),
            "triage": allows(held, "triage"),
            "pull": allows(held, "read"),
        },
    }


def label(store: Store, one: Repository, name: str) -> Json:
    """A label; its colour follows from its name."""
    weight = sum(name.encode())
    return {
        "id": weight * 7919,
        "node_id": f"LA_{weight}",
        "name": name,
        "color": _COLOURS[weight % len(_COLOURS)],
        "default": False,
        "description": None,
        "url": f"{store.url}/api/v3/repos/{one.full_name}/labels/{name}",
    }


def association(store: Store, one: Repository, login: str) -> str:
    """The author's association, which says nothing of who may trigger anything."""
    if login.lower() == one.owner.lower():
        return "OWNER"
    held = store.accounts.rights.get(one.id, {}).get(login.lower())
    return "COLLABORATOR" if held not in {None, "none"} else "NONE"


def issue(store: Store, one: Repository, item: Issue) -> Json:
    """An issue; a pull request has the `pull_request` key besides."""
    url = f"{store.url}/api/v3/repos/{one.full_name}/issues/{item.number}"
    html_url = f"{store.url}/{one.full_name}/{'pull' if item.pull else 'issues'}/{item.number}"
    shape: Json = {
        "id": item.id,
        "node_id": f"{'PR' if item.pull else 'I'}_{item.id}",
        "number": item.number,
        "title": item.title,
        "body": item.body or None,
        "user": user(store, item.author),
        "state": item.state,
        "state_reason": item.state_reason,
        "locked": item.locked,
        "active_lock_reason": None,
        "labels": [label(store, one, name) for name in item.labels],
        "assignee": user(store, item.assignees[0]) if item.assignees else None,
        "assignees": [user(store, login) for login in item.assignees],
        "milestone": None,
        "comments": len(item.comments),
        "author_association": association(store, one, item.author),
        "created_at": when(item.created_at),
        "updated_at": when(item.updated_at),
        "closed_at": when(item.closed_at),
        "closed_by": user(store, item.closed_by) if item.closed_by else None,
        "url": url,
        "repository_url": f"{store.url}/api/v3/repos/{one.full_name}",
        "comments_url": f"{url}/comments",
        "html_url": html_url,
    }
    if item.pull:
        shape["draft"] = item.pull.draft
        shape["pull_request"] = {
            "url": url.replace("/issues/", "/pulls/"),
            "html_url": html_url,
            "merged_at": when(item.pull.merged_at),
        }
    return shape


def comment(store: Store, one: Repository, item: Issue, note: Comment) -> Json:
    """A comment below an issue or pull request."""
    kind = "pull" if item.pull else "issues"
    return {
        "id": note.id,
        "node_id": f"IC_{note.id}",
        "user": user(store, note.author),
        "body": note.body,
        "created_at": when(note.created_at),
        "updated_at": when(note.updated_at),
        "author_association": association(store, one, note.author),
        "url": f"{store.url}/api/v3/repos/{one.full_name}/issues/comments/{note.id}",
        "issue_url": f"{store.url}/api/v3/repos/{one.full_name}/issues/{item.number}",
        "html_url": f"{store.url}/{one.full_name}/{kind}/{item.number}#issuecomment-{note.id}",
    }


def event(store: Store, one: Repository, happened: Event) -> Json:
    """One entry of a timeline."""
    shape: Json = {
        "id": happened.id,
        "event": happened.kind,
        "actor": user(store, happened.actor),
        "created_at": when(happened.created_at),
        "commit_id": happened.detail.get("commit_id"),
    }
    if "label" in happened.detail:
        color = label(store, one, happened.detail["label"])["color"]
        shape["label"] = {"name": happened.detail["label"], "color": color}
    if "rename" in happened.detail:
        shape["rename"] = happened.detail["rename"]
    if "source" in happened.detail:
        source = store.issues(one)[happened.detail["source"]]
        shape["source"] = {"type": "issue", "issue": issue(store, one, source)}
        shape["updated_at"] = shape["created_at"]
    return shape
