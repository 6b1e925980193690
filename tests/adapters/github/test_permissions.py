"""Who may trigger work."""

from typing import Any

import pytest

from adapters.github.permissions import actor_permission
from domain.errors import PermissionDenied


@pytest.mark.parametrize(
    ("said", "permission"),
    [
        ("admin", "admin"),
        ("owner", "admin"),
        ("maintain", "write"),
        ("write", "write"),
        ("triage", "read"),
        ("read", "read"),
        ("none", "none"),
        ("emperor", "none"),
    ],
)
async def test_permission_of_an_actor(forge: Any, said: str, permission: str) -> None:
    """GitHub's roles become four words, and an unknown role entitles to nothing."""
    forge.answers("GET /repos/o/r/collaborators/ann/permission", {"permission": said, "role_name": "x"})
    assert await actor_permission(forge.client(), "o/r", "ann") == permission


async def test_strangers_have_none(forge: Any) -> None:
    """Who does not exist may do nothing."""
    forge.answers("GET /repos/o/r/collaborators/eve/permission", {"message": "eve is not a user"}, 404)
    assert await actor_permission(forge.client(), "o/r", "eve") == "none"


async def test_logins_are_escaped(forge: Any) -> None:
    """A bot's login, and one made to leave its place, stay one part of the path."""
    forge.answers("GET /repos/o/r/collaborators/x%5Bbot%5D/permission", {"permission": "write"})
    assert await actor_permission(forge.client(), "o/r", "x[bot]") == "write"
    forge.answers("GET /repos/o/r/collaborators/..%2F..%2Fuser%3F/permission", status=404)
    assert await actor_permission(forge.client(), "o/r", "../../user?") == "none"
    assert await actor_permission(forge.client(), "o/r", "..") == "none"
    assert await actor_permission(forge.client(), "o/r", "") == "none"


async def test_a_token_that_may_not_ask_raises(forge: Any) -> None:
    """The caller has to refuse: silence is no permission."""
    forge.answers("GET /repos/o/r/collaborators/ann/permission", {"message": "Must have push access"}, 403)
    with pytest.raises(PermissionDenied):
        await actor_permission(forge.client(), "o/r", "ann")
