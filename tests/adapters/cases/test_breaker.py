"""A refused account in the ledger."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from adapters.cases.breaker import SqlBreaker
from adapters.cases.database import Database
from adapters.cases.tables import REFUSED_ACCOUNTS
from domain.errors import AccountPaused

_LINE = "Claude asks for payment: no - check the billing"


@pytest.fixture
def breaker(home: Path) -> Callable[..., SqlBreaker]:
    """Another process's look at an account."""
    return lambda account="a": SqlBreaker(Database(home), account)


async def test_nobody_is_held_up_without_a_refusal(breaker: Callable[..., SqlBreaker]) -> None:
    """An unknown account is taken to work."""
    await breaker().admit()


async def test_a_refusal_is_news_once_and_holds_up_the_others(breaker: Callable[..., SqlBreaker]) -> None:
    """They hear the first one's line and wait for at most ten minutes; another key or service is not held up."""
    assert [await breaker().trip(_LINE), await breaker().trip(_LINE)] == [True, False]
    with pytest.raises(AccountPaused) as paused:
        await breaker().admit()
    assert str(paused.value) == _LINE
    assert 590 < paused.value.retry_after <= 600
    await breaker("b").admit()


async def test_after_ten_minutes_one_run_may_try(breaker: Callable[..., SqlBreaker], database: Database) -> None:
    """The others wait another minute for what comes of it."""
    await breaker().trip(_LINE)
    over = update(REFUSED_ACCOUNTS).values(next_try=time.time() - 1)
    await database.write(lambda connection: connection.execute(over) and None)
    await breaker().admit()
    with pytest.raises(AccountPaused) as paused:
        await breaker().admit()
    assert 50 < paused.value.retry_after <= 60
    assert not await breaker().trip(_LINE)


async def test_an_answer_lets_everybody_go(breaker: Callable[..., SqlBreaker]) -> None:
    """And a later refusal is news again, for the same process too."""
    ours = breaker()
    await ours.reset()
    assert await ours.trip(_LINE)
    await ours.reset()
    await breaker().admit()
    assert await breaker().trip(_LINE)
