"""Who may trigger work: asked from the API, because an event's `author_association` speaks of somebody else."""

from typing import Literal
from urllib.parse import quote

from adapters.github.address import address
from adapters.github.client import GitHubClient
from adapters.github.payloads import PermissionPayload
from domain.errors import NotFound

Permission = Literal["admin", "write", "read", "none"]

# the roles of "Get repository permissions for a user", and those of compatible servers
_KNOWN: dict[str, Permission] = {
    "owner": "admin",
    "admin": "admin",
    "maintain": "write",
    "write": "write",
    "triage": "read",
    "read": "read",
}


async def actor_permission(client: GitHubClient, repo: str, login: str) -> Permission:
    """What `login` may do in `owner/name`; `none` for a stranger and for any role that is not known.

    Raises `PermissionDenied` if our token may not ask: then nobody is entitled.
    """
    path = address(repo, "collaborators", quote(login, safe=""), "permission")
    if not login.strip("."):
        return "none"
    async with client.session(repo) as session:
        try:
            found = await session.get(path, PermissionPayload, f"the permission of {login}")
        except NotFound:
            return "none"
    return _KNOWN.get(found.permission, "none")
