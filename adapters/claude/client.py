"""Claude behind the port `Model`. Importing this module loads neither the SDK nor the price table."""

import asyncio
import string
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pydantic import SecretStr

from adapters.claude.prices import PriceBook
from adapters.claude.request import most_input_tokens, parameters
from adapters.claude.retry import Failed, Patience, patiently
from domain.conversation import Query, Reply
from domain.errors import ConfigurationError
from domain.settings import Settings

if TYPE_CHECKING:
    from adapters.claude.connection import Connection

_KEY_LETTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)


async def _nobody_else(seconds: float) -> None:
    """Nobody shares the account."""


class ClaudeModel:
    """The Messages API of ANTHROPIC_BASE_URL, one lazy client an event loop.

    `asked_to_wait` is told when the API wants no calls for so many seconds.
    """

    def __init__(
        self,
        settings: Settings,
        patience: Patience | None = None,
        asked_to_wait: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._asked_to_wait = asked_to_wait or _nobody_else
        self._key = settings.anthropic_api_key
        self._base_url = settings.anthropic_base_url
        self._patience = patience or Patience()
        self._prices = PriceBook(settings.prices)
        self._connections: dict[asyncio.AbstractEventLoop, Connection] = {}

    async def ask(self, query: Query) -> Reply:
        """One call, paid at most once: only what the service surely did not serve is tried again, up to three times.

        Raises:
            ConfigurationError: ANTHROPIC_API_KEY is missing or no key, or ANTHROPIC_BASE_URL is no address.
            UnknownPrice: before anything is paid.
            ModelAccountError: key, payment or spend limit; never tried again.
            ModelRejected: the request is wrong, or the answer's shape or stop reason is unknown (then it is paid).
            RateLimited: the API asks to wait longer than a minute, or still refuses after the tries.
            AnswerLost: no answer in time, or one that broke off; it may have been paid.
            Transient: network or overload.
        """
        self.check(query.model)
        connection = self._connection()
        body = parameters(query)
        started = time.monotonic()
        answer = await patiently(self._patience, lambda: connection.call(body), self._asked_to_wait)
        return Reply(
            message=answer.message,
            stop_reason=answer.stop_reason,
            spend=answer.usage.spend(self._prices.cost_usd(query.model, answer.usage)),
            seconds=time.monotonic() - started,
            request_id=answer.request_id,
        )

    def worst_case_usd(self, query: Query) -> float:
        """The whole prompt written to the cache at the dearest tier, and `max_tokens` of output."""
        prompt = most_input_tokens(query) * self._prices.dearest_input_usd(query.model)
        return prompt + query.max_tokens * self._prices.output_usd(query.model)

    def output_price_usd(self, model: str) -> float:
        """US dollars per output token at the dearest tier. Raises `UnknownPrice`."""
        return self._prices.output_usd(model)

    def check(self, model: str) -> None:
        """Whether a call could be made and paid for; asks nobody.

        Raises:
            ConfigurationError: the key is missing or can't be one, or the price file is wrong.
            UnknownPrice: the model has no known price.
        """
        self._require_key()
        self._prices.output_usd(model)

    async def look_up(self, model: str) -> None:
        """Ask once for the model's description (GET /v1/models/{id}): it needs the key and costs nothing.

        Raises:
            ConfigurationError: ANTHROPIC_API_KEY is missing or no key, or ANTHROPIC_BASE_URL is no address.
            ModelAccountError: the key is not taken.
            ModelRejected: no such model, or a compatible server that does not describe its models.
            RateLimited, Transient: no answer now.
        """
        try:
            await self._connection().look_up(model)
        except Failed as failed:
            raise failed.failure.error from failed

    async def close(self) -> None:
        """Close the client of the running event loop."""
        connection = self._connections.pop(asyncio.get_running_loop(), None)
        if connection:
            await connection.close()

    def _connection(self) -> "Connection":
        from adapters.claude.connection import Connection  # noqa: PLC0415 - the SDK costs a second and 77 MB

        loop = asyncio.get_running_loop()
        if loop not in self._connections:
            for ended in [known for known in self._connections if known.is_closed()]:
                del self._connections[ended]
            self._connections[loop] = Connection(self._require_key(), self._base_url)
        return self._connections[loop]

    def _require_key(self) -> SecretStr:
        key = self._key.get_secret_value().strip() if self._key else ""
        if not key:
            raise ConfigurationError("ANTHROPIC_API_KEY is not set", "put it into .env, or run claude-cluster setup")
        if not _KEY_LETTERS.issuperset(key):
            raise ConfigurationError("ANTHROPIC_API_KEY holds letters that no key has", "copy the key again")
        return SecretStr(key)
