"""The figures of the rehearsed model: plausible, and telling about the prompt cache."""

import json
from typing import Any

from demo.model.request import Request, parse
from demo.model.usage import PromptCache, count, tokens_of

SYSTEM = "You are careful. " * 400


def request(
    *messages: dict[str, Any], system: Any = SYSTEM, cache: dict[str, str] | None = None, model: str = "m"
) -> Request:
    """A request with an automatic breakpoint."""
    first = {"role": "user", "content": "Solve this."}
    raw = {"model": model, "max_tokens": 9, "system": system, "messages": [first, *messages]}
    return parse(json.dumps(raw | ({"cache_control": cache or {"type": "ephemeral"}})).encode())


def test_about_how_many_tokens_a_text_is() -> None:
    """Latin text has 3.6 letters a token, Japanese one; nothing is nothing."""
    assert (tokens_of("x" * 360), tokens_of("税込価格"), tokens_of("税 x"), tokens_of("")) == (100, 4, 2, 0)


def test_the_next_turn_reads_what_the_last_one_wrote() -> None:
    """The longest common prefix is read, the rest is written, nothing is left over."""
    cache = PromptCache()
    first = request()
    written = cache.usage(first)
    assert (written.input, written.cache_read, written.cache_write) == (0, 0, count(first))
    second = request({"role": "assistant", "content": "I look."}, {"role": "user", "content": "And?"})
    read = cache.usage(second)
    assert (read.input, read.cache_read, read.cache_write) == (0, count(first), count(second) - count(first))


def test_a_moved_breakpoint_keeps_the_cache() -> None:
    """Where cache_control stands is not part of the prefix."""
    cache = PromptCache()
    marked = [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}]
    cache.usage(request(system=marked))
    assert cache.usage(request(system=[{"type": "text", "text": SYSTEM}])).cache_read > 1500


def test_a_changed_prefix_loses_it() -> None:
    """One letter at the beginning, or another model, and everything is paid again."""
    cache = PromptCache()
    cache.usage(request())
    assert cache.usage(request(system=f"!{SYSTEM}")).cache_read == 0
    assert cache.usage(request(model="n")).cache_read == 0


def test_a_short_prompt_is_not_cached() -> None:
    """Below 1,024 tokens everything is plain input."""
    usage = PromptCache().usage(request(system="Short."))
    assert (usage.cache_read, usage.cache_write, usage.input > 0) == (0, 0, True)


def test_without_a_breakpoint_nothing_is_cached() -> None:
    """The client has to ask for it."""
    plain = parse(
        json.dumps(
            {"model": "m", "max_tokens": 9, "system": SYSTEM, "messages": [{"role": "user", "content": "x"}]}
        ).encode()
    )
    assert PromptCache().usage(plain).input == count(plain)


def test_the_split_by_lifetime() -> None:
    """What is written counts for the lifetime that was asked for."""
    asked = request(cache={"type": "ephemeral", "ttl": "1h"})
    shape = PromptCache().usage(asked).shape(7)
    assert shape["cache_creation"] == {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": count(asked)}
    assert (shape["output_tokens"], shape["cache_creation_input_tokens"]) == (7, count(asked))
