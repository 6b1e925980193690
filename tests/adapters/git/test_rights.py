"""Whether a token may push is asked of the forge, and nothing is pushed."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.git.rights import GitRights
from adapters.git.runner import Git
from demo.rehearsal import Rehearsal
from domain.errors import AuthenticationFailed


@pytest.mark.parametrize(
    ("login", "read_only", "may"),
    [
        ("rehearsal-bot", (), True),
        ("rehearsal-bot", ("pull_requests",), True),
        ("rehearsal-bot", ("contents",), False),
        ("visitor", (), False),
    ],
)
async def test_the_forge_says_who_may_push(tmp_path: Path, login: str, read_only: tuple[str, ...], may: bool) -> None:
    """The account's right and the token's scope both count; no branch comes into being."""
    with Rehearsal(tmp_path) as rehearsal:
        rehearsal.forge.add_token("a-token", login, read_only=frozenset(read_only))
        assert await _rights(rehearsal, "a-token").may_push(rehearsal.repo) is may
        assert set(rehearsal.forge.repository(rehearsal.repo).git.branches()) == {"main"}


async def test_a_wrong_token_is_no_answer(tmp_path: Path) -> None:
    """The forge does not know the token: that is an error, not a no."""
    failed = pytest.raises(AuthenticationFailed, match="GitHub authentication failed")
    with Rehearsal(tmp_path) as rehearsal, failed:
        await _rights(rehearsal, "wrong").may_push(rehearsal.repo)


def _rights(rehearsal: Rehearsal, token: str) -> GitRights:
    async def tokens(_: str) -> SecretStr:
        return SecretStr(token)

    return GitRights(Git(server_url=rehearsal.server_url, tokens=tokens))
