"""The model's account: a refusal stops one run with one line, and those in the queue wait instead of meeting it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prefect.runtime import deployment

from domain.errors import AccountPaused, ModelAccountError
from tasks.blocks import outside

_WAIT_S = 600.0


async def account_admits() -> None:
    """Whether a run may begin. Raises `AccountPaused`; never for a command, because a person acted and is watching."""
    if deployment.id is not None:
        await (await outside()).breaker.admit()


@asynccontextmanager
async def account_watched() -> AsyncIterator[None]:
    """What the service says to the account inside is remembered for all runs.

    Raises `ModelAccountError` for the first run that is refused, and for a command; `AccountPaused` for the others.
    """
    try:
        yield
    except ModelAccountError as refused:
        news = await (await outside()).breaker.trip(str(refused))
        if news or deployment.id is None:
            raise
        raise AccountPaused(refused.reason, refused.remedy, retry_after=_WAIT_S) from refused


async def account_works() -> None:
    """The model has answered."""
    await (await outside()).breaker.reset()
