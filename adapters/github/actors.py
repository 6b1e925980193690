"""Port `Actors` on GitHub."""

from adapters.github.address import address
from adapters.github.client import GitHubClient
from adapters.github.permissions import actor_permission
from adapters.github.pull_payload import PullPayload


class GitHubActors:
    """What people may do, and what they speak of."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def may_write(self, repo: str, login: str) -> bool:
        """Whether the login has the role write, maintain or admin. Raises `PermissionDenied` if we may not ask."""
        return await actor_permission(self._client, repo, login) in {"write", "admin"}

    async def branch(self, repo: str, pull: int) -> str | None:
        """The head branch of a pull request; None for one from a fork. Raises `NotFound`."""
        async with self._client.session(repo) as session:
            found = await session.get(address(repo, "pulls", pull), PullPayload, f"pull request #{pull} in {repo}")
        return found.head.ref if found.is_from(repo, found.head.ref) else None
