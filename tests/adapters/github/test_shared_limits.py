"""Two machines with one token: what one is told of a limit, both keep; writes come one after the other."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.cases.database import Database
from adapters.cases.turns import SqlTurns
from adapters.github.client import GitHubClient
from adapters.github.issues import GitHubIssues
from adapters.github.pace import Pace
from domain.errors import RateLimited, Transient
from domain.settings import Settings
from wiring.token_turns import SharedTurns

READ, WRITE = "GET /repos/o/r", "POST /repos/o/r/issues/9/comments"
REPO = {"id": 7, "full_name": "o/r", "default_branch": "main"}


@pytest.fixture
def machine(forge: Any, tmp_path: Path) -> Callable[..., GitHubIssues]:
    """Another machine of the cluster that shares the ledger's turns."""

    def made(**changes: Any) -> GitHubIssues:
        turns = SharedTurns(lambda: SqlTurns(Database(tmp_path)), "github:token", reads=changes.pop("reads", True))
        pace = Pace(sleep=forge.sleep, turns=changes.pop("turns", turns))
        settings = Settings(github_token=SecretStr("ghp_" + "s" * 36))
        return GitHubIssues(GitHubClient(settings, transport=httpx.MockTransport(forge.handle), pace=pace))

    return made


async def test_a_short_limit_is_waited_for_by_both(forge: Any, machine: Callable[..., GitHubIssues]) -> None:
    """The second machine asks only when the time is over that the first was told."""
    forge.answers(READ, {"message": "secondary rate limit"}, 403, {"retry-after": "20"})
    forge.answers(READ, REPO)
    forge.answers(READ, REPO)
    await machine().repository("o/r")
    before = len(forge.slept)
    await machine().repository("o/r")
    assert len(forge.slept) == before + 1
    assert 15 < forge.slept[-1] <= 20


async def test_a_long_limit_ends_the_call_of_both(forge: Any, machine: Callable[..., GitHubIssues]) -> None:
    """The second machine is not even asked for; its caller learns how long it takes."""
    forge.answers(READ, {"message": "API rate limit exceeded"}, 403, {"retry-after": "900"})
    with pytest.raises(RateLimited):
        await machine().repository("o/r")
    with pytest.raises(RateLimited, match="met by another run") as caught:
        await machine().comment("o/r", 9, "text", None)
    assert 890 < caught.value.retry_after <= 900
    assert forge.requests == [READ]


async def test_writes_of_both_keep_a_second_between_them(forge: Any, machine: Callable[..., GitHubIssues]) -> None:
    """Reads wait for no write's turn."""
    first, second = machine(), machine()
    began = time.monotonic()
    for one in (first, second, first, second):
        forge.answers(WRITE, {"id": 1}, 201)
        await one.comment("o/r", 9, "text", None)
    took = time.monotonic() - began
    assert 3 - took <= forge.slept[-1] <= 3
    forge.slept.clear()
    forge.answers(READ, REPO)
    await first.repository("o/r")
    assert forge.slept == []


async def test_on_one_pc_reading_needs_no_ledger(
    forge: Any, machine: Callable[..., GitHubIssues], tmp_path: Path
) -> None:
    """Commands that only look at GitHub make no state folder."""
    forge.answers(READ, REPO)
    await machine(reads=False).repository("o/r")
    assert not list(tmp_path.glob("ledger*"))


async def test_a_coordinator_that_is_away_makes_a_limit_no_worse(
    forge: Any, machine: Callable[..., GitHubIssues]
) -> None:
    """The limit is what the caller learns, not that the others could not be told."""

    class Away:
        async def turn(self, gap_s: float) -> float:
            return 0.0

        async def hold(self, seconds: float) -> None:
            raise Transient("the coordinator does not answer")

    forge.answers(READ, {"message": "rate limit"}, 429, {"retry-after": "900"})
    with pytest.raises(RateLimited) as caught:
        await machine(turns=Away()).repository("o/r")
    assert caught.value.retry_after == 900
