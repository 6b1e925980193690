"""Each order is carried out once and in order, whatever fails or dies in between."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.cases.remarks import SqlRemarks
from domain.errors import AuthenticationFailed, NotFound, RateLimited, Transient, UnknownTask
from domain.outcome import Outcome

TASK = f"task-{datetime.now(UTC):%Y%m%d}-001"


async def test_a_crash_after_the_case_was_opened_opens_no_second(world: Any) -> None:
    """The case and the delivery's end were one transaction, so nothing is left to be done."""
    world.desk.after = [world.killed()]
    name = await world.told(world.payloads.labeled())
    with pytest.raises(BaseExceptionGroup):
        await world.settle()
    assert await world.verdict(name) == f"started {TASK}"
    assert len(await world.cases.recent(10)) == 1


async def test_a_crash_after_a_new_attempt_makes_no_further_one(world: Any) -> None:
    """The attempt and the delivery's end were one transaction."""
    await world.verdict(await world.told(world.payloads.labeled()))
    await world.end(Outcome.STUCK)
    world.desk.after = [world.killed()]
    name = await world.says("/claude retry")
    with pytest.raises(BaseExceptionGroup):
        await world.settle()
    assert await world.verdict(name) == f"started {TASK} again"
    assert (await world.cases.read(TASK)).case.attempt == 2


async def test_a_crash_after_a_new_attempt_that_is_over_by_now_makes_no_further_one(world: Any) -> None:
    """However long the coordinator was away."""
    await world.verdict(await world.told(world.payloads.labeled()))
    await world.end(Outcome.STUCK)
    world.desk.after = [world.killed()]
    name = await world.says("/claude retry")
    with pytest.raises(BaseExceptionGroup):
        await world.settle()
    await world.end(Outcome.STUCK)
    assert await world.verdict(name) == f"started {TASK} again"
    assert (await world.cases.read(TASK)).case.attempt == 2


async def test_what_may_pass_later_is_tried_again(world: Any) -> None:
    """Network, tokens that are renewed, rate limits: more often than five times."""
    world.forge.fails = [Transient("reset")] * 4 + [AuthenticationFailed("expired")] * 3
    world.desk.fails = [RateLimited("slow down", retry_after=0.01)]
    assert await world.verdict(await world.says("/claude")) == f"started {TASK}"
    assert len(world.forge.asked) == 9


async def test_what_never_passes_is_put_aside(world: Any) -> None:
    """A fault of ours after five tries; an outage after a day; what the forge refuses at once. The rest goes on."""
    world.desk.fails = [KeyError("unexpected")] * 5
    assert await world.verdict(await world.says("/claude")) == "put aside: KeyError: 'unexpected'"
    assert len(world.desk.calls) == 5
    world.desk.fails = [Transient("away")]
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    late = await world.told(world.payloads.labeled(), received=yesterday)
    assert await world.verdict(late) == "put aside: Transient: away"
    world.desk.fails = [NotFound("issue #7 not found in acme/shop"), UnknownTask("no task")]
    ids = [await world.says("/claude"), await world.says("/claude"), await world.says("/claude")]
    assert await world.verdict(*ids) == [
        "refused: issue #7 not found in acme/shop", "refused: no task", f"started {TASK}",
    ]  # fmt: skip


async def test_a_delivery_that_ends_the_process_is_put_aside(world: Any) -> None:
    """Each try is counted before it begins."""
    world.desk.fails = [world.killed() for _ in range(5)]
    poison = await world.says("/claude")
    for _ in range(5):
        with pytest.raises(BaseExceptionGroup):
            await world.settle()
    assert await world.verdict(poison) == "put aside: 5 tries began and none came to an end"


async def test_orders_of_one_issue_keep_their_order_and_others_do_not_wait(world: Any) -> None:
    """A start that has to wait holds back what is said after it, and nothing else; eight issues go at once."""
    world.pause = timedelta(seconds=1)
    first = await world.told(world.payloads.labeled())
    await world.deliveries.note(first, 1, datetime.now(UTC) + timedelta(seconds=1))
    await world.says("/claude use cents")
    world.desk.slow_s = 0.5
    numbers = range(20, 32)
    others = [await world.told(world.payloads.labeled(issue=world.payloads.issue(number=n))) for n in numbers]
    verdicts = await world.verdict(first, *others)
    assert all(one.startswith("started ") for one in verdicts)
    kinds = [call[:2] for call in world.desk.calls]
    assert sorted(kinds[:12]) == [("start", number) for number in numbers]
    assert [kind for kind, _ in kinds[12:]] == ["start", "say"]
    assert world.desk.most == 8


async def test_a_ledger_that_is_away_for_a_moment_stops_nothing(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop looks again by itself, and is woken when something comes in."""
    failures = [Transient("the ledger is away")] * 2
    pending = world.deliveries.pending

    async def flaky(limit: int) -> Any:
        if limit > 1 and failures:
            raise failures.pop()
        return await pending(limit)

    monkeypatch.setattr(world.deliveries, "pending", flaky)
    monkeypatch.setattr("cluster.webhooks.processing._LOOK_S", 0.05)
    assert await world.verdict(await world.says("/claude")) == f"started {TASK}"


class Perilous:
    """A port at whose `at`-th call the process dies: before the call, or after it has done its work."""

    def __init__(self, inner: Any, peril: "Peril") -> None:
        self._inner, self._peril = inner, peril

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            self._peril.step(after=False)
            result = await found(*arguments, **named)
            self._peril.step(after=True)
            return result

        return call


class Peril:
    """Counts the moments between calls; dies once, at moment `at`."""

    def __init__(self, at: int, killed: Callable[[], BaseException]) -> None:
        self.at, self.killed, self.passed = at, killed, 0

    def step(self, *, after: bool) -> None:
        """One more moment; `after` only names it."""
        self.passed += 1
        if self.passed == self.at:
            raise self.killed()


async def test_a_crash_at_any_moment_changes_nothing_in_the_end(worlds: Callable[[], Any]) -> None:
    """Label, words, stop, retry: killed before or after any single call, the outcome is the same."""
    at = 0
    while True:
        at += 1
        world = worlds()
        remarks, peril = SqlRemarks(world.database), Peril(at, world.killed)
        world.desk.say = remarks.say
        await world.told(world.payloads.labeled())
        for words in ("/claude use cents", "/claude stop", "/claude retry"):
            await world.says(words)
        ports = (world.deliveries, world.cases, world.desk)
        world.deliveries, world.cases, world.desk = (Perilous(one, peril) for one in ports)
        try:
            await world.settle()
        except (BaseExceptionGroup, world.killed):
            world.deliveries, world.cases, world.desk = ports
            await world.settle()
        (file,) = await ports[1].recent(10)
        said = [one.text for one in await remarks.take(TASK, 0)]
        kinds = [call[0] for call in ports[2].calls]
        assert (file.case.attempt, file.ended, said) == (2, False, ["use cents"]), at
        assert kinds[0] == "start", at
        if peril.passed < at:
            break
    assert at > 30


@pytest.mark.parametrize("words", ["/claude stop", None])
async def test_a_stop_does_not_wait_behind_a_start_that_can_not_begin(world: Any, words: str | None) -> None:
    """Whoever asked for it stops it at once: nothing begins later. A start after the stop is another one."""
    world.pause = timedelta(hours=1)
    world.desk.fails = [Transient("the forge is away")]
    start = await world.told(world.payloads.labeled())
    async with world.working(), asyncio.timeout(10):
        await _until(lambda pending: pending[0].due > datetime.now(UTC), world)
        stop = await (world.says(words) if words else world.told(world.payloads.labeled(action="closed")))
        again = await world.says("/claude docs")
        await _until(lambda pending: not pending, world)
    verdicts = await world.verdict(start, stop, again)
    assert verdicts == ["overtaken: stopped before it began", "stopped before it began", f"started {TASK}"]
    assert [call[0] for call in world.desk.calls] == ["start", "start"]


async def test_a_stop_breaks_off_a_start_that_does_not_end(world: Any) -> None:
    """A forge that hangs keeps nobody waiting for two minutes."""
    world.desk.slow_s = 600
    start = await world.told(world.payloads.labeled())
    async with world.working(), asyncio.timeout(20):
        await _until(lambda _: world.desk.calls, world)
        began = time.monotonic()
        stop = await world.says("/claude stop")
        await _until(lambda pending: not pending, world)
    assert time.monotonic() - began < 10
    assert await world.verdict(start, stop) == ["overtaken: stopped before it began", "stopped before it began"]


async def test_a_stop_of_a_stranger_overtakes_nothing(world: Any) -> None:
    """The start is tried again as if nobody had said anything."""
    world.desk.fails = [Transient("the forge is away")]
    ids = [await world.told(world.payloads.labeled()), await world.says("/claude stop", "eve")]
    assert await world.verdict(*ids) == [f"started {TASK}", "ignored: eve may not write to acme/shop"]


async def test_who_asked_for_work_may_stop_it_while_the_forge_is_away(world: Any) -> None:
    """Rights are not asked for a second time: of others they are."""
    start = await world.told(world.payloads.labeled())
    assert await world.verdict(start) == f"started {TASK}"
    world.forge.fails = [Transient("the forge is away")] * 50
    stop = await world.says("/claude stop")
    assert await world.verdict(stop) == f"stopped {TASK}: stopped by @ann"


async def _until(holds: Callable[[Any], Any], world: Any) -> None:
    """Look at what waits until it is so."""
    while not holds(await world.deliveries.pending(10)):  # noqa: ASYNC110 - the ledger tells nobody
        await asyncio.sleep(0.01)
