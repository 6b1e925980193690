"""One try of one call over the SDK; everything that imports `anthropic` hangs below this module."""

import asyncio
import ipaddress
import json
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx2
from pydantic import SecretStr

from adapters.claude.answer import Answer, read
from adapters.claude.failures import FOREIGN, broken_off, in_the_middle, judge
from adapters.claude.retry import Failed
from domain.errors import ConfigurationError

STREAM_ABOVE_TOKENS = 16_000
_CONNECT_S = 10.0
_WHOLE_S = 600.0
_SILENCE_IN_STREAM_S = 120.0
# The SDK's own rule for how long a long answer may take: 128,000 tokens an hour.
_STREAM_S_A_TOKEN = 3600 / 128_000

# What the SDK's accumulator raises on events that are cut, out of order or not the API's.
_NONSENSE = (ValueError, IndexError, AttributeError, TypeError, RuntimeError, AssertionError)


class Connection:
    """A client for one event loop. Every failure is raised as `Failed`, already judged."""

    def __init__(self, key: SecretStr, base_url: str) -> None:
        self._key = key.get_secret_value()
        try:
            self._client = anthropic.AsyncAnthropic(
                api_key=self._key,
                base_url=base_url,
                max_retries=0,
                timeout=httpx2.Timeout(_WHOLE_S, connect=_CONNECT_S),
                http_client=_http(base_url),
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise ConfigurationError("ANTHROPIC_BASE_URL is no address that can be called", "correct it") from error

    async def call(self, parameters: dict[str, Any]) -> Answer:
        """One try, streamed when the answer may be long.

        Raises:
            Failed: the try has no answer; says why and what comes next.
            ModelRejected: an answer came that can't be understood; it is paid, and another would be no better.
        """
        most = int(parameters["max_tokens"])
        streamed = most > STREAM_ABOVE_TOKENS
        whole_s = max(_WHOLE_S, most * _STREAM_S_A_TOKEN) if streamed else _WHOLE_S
        try:
            async with asyncio.timeout(whole_s):
                return await (self._stream(parameters) if streamed else self._create(parameters))
        except FOREIGN as error:
            raise Failed(judge(error, self._key)) from error

    async def look_up(self, model: str) -> None:
        """One try to read the model's description. Raises `Failed`."""
        try:
            await self._client.models.retrieve(model, timeout=_CONNECT_S)
        except FOREIGN as error:
            raise Failed(judge(error, self._key)) from error

    async def close(self) -> None:
        """Close the connections; only from the event loop that opened them."""
        await self._client.close()

    async def _create(self, parameters: dict[str, Any]) -> Answer:
        answer = await self._client.messages.with_raw_response.create(**parameters)
        response = answer.http_response
        try:
            raw = json.loads(response.content)
        except (ValueError, RecursionError):
            raw = None
        return read(raw, response.headers.get("request-id", ""))

    async def _stream(self, parameters: dict[str, Any]) -> Answer:
        patience = httpx2.Timeout(_WHOLE_S, connect=_CONNECT_S, read=_SILENCE_IN_STREAM_S)
        async with self._client.messages.stream(**parameters, timeout=patience) as stream:
            try:
                message = await stream.get_final_message()
            except (anthropic.AnthropicError, httpx2.TimeoutException) as error:
                failure = judge(error, self._key)
                raise Failed(in_the_middle(failure) if _has_begun(stream) else failure) from error
            except (httpx2.HTTPError, *_NONSENSE) as error:
                raise Failed(broken_off(error, self._key)) from error
            raw = message.to_dict(mode="json", warnings=False)
            if raw.get("stop_reason") is None:
                raise Failed(broken_off(EOFError("it ended without a stop reason"), self._key))
            return read(raw, stream.request_id or "")


def _has_begun(stream: "anthropic.AsyncMessageStream[None]") -> bool:
    """Whether the answer's first event came: the service was at work."""
    try:
        return stream.current_message_snapshot is not None
    except AssertionError:
        return False


def _http(base_url: str) -> httpx2.AsyncClient:
    """Our own client, closed by us alone; loopback never goes through a proxy of the environment."""
    timeout = httpx2.Timeout(_WHOLE_S, connect=_CONNECT_S)
    if _is_loopback(urlsplit(base_url).hostname or ""):
        return httpx2.AsyncClient(trust_env=False, timeout=timeout)
    return anthropic.DefaultAsyncHttpxClient(timeout=timeout)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
