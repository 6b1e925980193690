"""Whatever the service answers and however answers break, what it bills never passes a cap: adapter, purse, ledger."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.cases.budget import SqlBudget
from adapters.cases.database import Database
from adapters.claude.client import ClaudeModel
from adapters.claude.retry import Patience
from agents.limits import Stop, Stopped
from agents.purse import Purse
from domain.case import Case, Limits
from domain.conversation import Message, Query
from domain.errors import ClusterError
from domain.issue import Issue
from domain.repository import Repository
from domain.settings import Settings

Build = Callable[..., Query]

_CALLS = 25
_OPUS = (5 / 1e6, 20 / 1e6)  # US dollars a token: written to the cache, and said
_UNSERVED = ("refused 500", "refused 529", "refused 429", "refused in the stream")
_SERVED = ("short", "long", "long", "cut at once", "cut", "nonsense", "unknown stop", "account error in the stream")


class Service:
    """Bills what it began to serve as dearly as it may: the whole prompt written to the cache, the longest answer."""

    def __init__(self, api: Any, fates: Callable[[], str]) -> None:
        self.api, self._fates = api, fates
        self.billed = 0.0

    def take(self, seen: Any) -> Any:
        """One request."""
        fate = self._fates()
        if fate not in _UNSERVED:
            self.billed += _prompt(seen) * _OPUS[0] + self._said(seen, fate) * _OPUS[1]
        return self._streamed(seen, fate) if seen.body.get("stream") else self._whole(seen, fate)

    def _said(self, seen: Any, fate: str) -> int:
        return 10 if fate == "short" else int(seen.body["max_tokens"])

    def _usage(self, seen: Any, fate: str) -> dict[str, int]:
        said = self._said(seen, fate)
        return {"input_tokens": 0, "cache_creation_input_tokens": _prompt(seen), "output_tokens": said}

    def _whole(self, seen: Any, fate: str) -> Any:
        stop = "tired" if fate == "unknown stop" else "end_turn"
        answer = self.api.answer(usage=self._usage(seen, fate), stop_reason=stop)
        canned = {
            "cut at once": type(answer)(200, b"", cut=True),
            "cut": type(answer)(200, answer.body[:40], cut=True),
            "nonsense": type(answer)(200, b"<html>"),
            "account error in the stream": type(answer)(504, b"{}"),
        }
        return canned.get(fate) or (self._refusal(fate) if fate in _UNSERVED else answer)

    def _streamed(self, seen: Any, fate: str) -> Any:
        usage = self._usage(seen, fate)
        begin = {"type": "message_start", "message": self.api.message(content=[], stop_reason=None, usage=usage)}
        stop = {"stop_reason": "tired" if fate == "unknown stop" else "end_turn"}
        delta = {"type": "message_delta", "delta": stop, "usage": {"output_tokens": usage["output_tokens"]}}
        error = {"type": "error", "error": {"type": "billing_error", "message": "no"}}
        overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "no"}}
        canned = {
            "cut at once": self.api.stream(cut=True),
            "cut": self.api.stream(begin, cut=True),
            "nonsense": self.api.stream(begin, {"type": "content_block_delta", "index": 7, "delta": {}}),
            "account error in the stream": self.api.stream(begin, error),
            "refused in the stream": self.api.stream(overloaded),
        }
        if fate in canned:
            return canned[fate]
        return self._refusal(fate) if fate in _UNSERVED else self.api.stream(begin, delta, {"type": "message_stop"})

    def _refusal(self, fate: str) -> Any:
        status = int(fate.split()[1]) if fate[-1].isdigit() else 529
        return self.api.refuses(status, "api_error", "no", retry_after="0")


def _prompt(seen: Any) -> int:
    return len(json.dumps(seen.body)) // 3


@pytest.mark.parametrize("seed", range(16))
async def test_the_service_never_bills_more_than_a_cap(
    api: Any, settings: Settings, query: Build, tmp_path: Path, seed: int
) -> None:
    """Two runs at once, any order of answers and failures: every bill is in the books, and the books keep the caps."""
    chance = random.Random(seed)
    service = Service(api, lambda: chance.choice(_UNSERVED + _SERVED))
    api.decides = service.take
    caps = Limits(max_cost_usd=chance.uniform(0.2, 0.9), daily_cost_usd=chance.uniform(0.3, 1.5))
    budget, model = SqlBudget(Database(tmp_path)), ClaudeModel(settings, Patience(first_wait_s=0.001))
    stops = await asyncio.gather(*(_run(number, caps, model, budget, query, chance) for number in (1, 2)))
    day = caps.daily_cost_usd - await budget.left("another", 1e9, caps.daily_cost_usd)
    assert service.billed <= day + 1e-9 <= caps.daily_cost_usd + 2e-9
    for number in (1, 2):
        assert await budget.left(_case(number, caps).id + "/1", caps.max_cost_usd, 1e9) >= 0
    assert set(stops) <= {Stop.OVER_BUDGET, Stop.DAILY_BUDGET, None}
    assert service.billed <= min(caps.daily_cost_usd, 2 * caps.max_cost_usd)


async def test_every_second_answer_that_breaks_off_costs_its_worst(
    api: Any, settings: Settings, query: Build, tmp_path: Path
) -> None:
    """The run ends over its budget, the service has billed no cent more than the cap, and answers came through."""
    turns = iter(range(1_000))
    service = Service(api, lambda: ("cut", "long")[next(turns) % 2])
    api.decides = service.take
    caps = Limits(max_cost_usd=2.0)
    model, budget = ClaudeModel(settings, Patience(first_wait_s=0.001)), SqlBudget(Database(tmp_path))
    purse, answers = Purse(model, budget, _case(1, caps), waits_s=(0.0, 0.0)), 0
    with suppress(Stopped):
        while True:
            answers += (await purse.ask(query(max_tokens=8_000))).spend.calls
    booked = 2.0 - await budget.left("task-20261122-001/1", 2.0, 1e9)
    assert (answers, len(api.seen)) == (12, 13)
    assert 1.9 < service.billed <= booked <= 2.0


async def _run(
    number: int, caps: Limits, model: ClaudeModel, budget: SqlBudget, query: Build, chance: random.Random
) -> Stop | None:
    purse = Purse(model, budget, _case(number, caps), waits_s=(0.0, 0.0))
    for _ in range(_CALLS):
        words = {"type": "text", "text": "word " * chance.randint(1, 9_000)}
        ask = query(messages=(Message(role="user", content=(words,)),), max_tokens=chance.choice([2_000, 32_000]))
        try:
            await purse.ask(ask)
        except Stopped as stopped:
            return stopped.stop
        except ClusterError:
            continue
    return None


def _case(number: int, limits: Limits) -> Case:
    return Case(
        id=f"task-20261122-{number:03d}",
        forge="forge",
        repository=Repository(name="acme/shop", id=1, default_branch="main", can_push=True),
        issue=Issue(repo="acme/shop", number=number, title="t", body="b"),
        base="main",
        base_sha="0" * 40,
        limits=limits,
        model="claude-opus-5-5",
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )
