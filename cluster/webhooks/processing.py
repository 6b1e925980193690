"""The loop over stored deliveries: each is carried out once, in order for its issue, whatever goes wrong."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from weakref import WeakValueDictionary

from cluster.webhooks.acting import Acting, Standing
from cluster.webhooks.desk import Desk
from cluster.webhooks.entitled import Entitlement
from cluster.webhooks.house import House
from cluster.webhooks.orders import issue_of, order_in
from cluster.webhooks.reading import Dropped
from domain.delivery import Delivery, PendingDelivery
from domain.errors import (
    AuthenticationFailed,
    CaseError,
    ClusterError,
    ConfigurationError,
    DiskFull,
    NotFound,
    RateLimited,
    Rejected,
    Transient,
    UsageError,
)
from domain.order import Order
from domain.ports import Actors, Cases, Deliveries, Issues

_FINAL = (UsageError, NotFound, Rejected, CaseError)  # trying again would end the same way
_WAITS = (Transient, AuthenticationFailed, ConfigurationError, DiskFull)  # until a service or a person acts
_NEEDS_NO_RIGHT = {"withdraw", "settle"}
_STOPS = {"stop", "withdraw"}
_PATIENCE_S = 3.0  # for what came in before a stop and is being carried out
_MOST_TRIES = 5
_LONGEST_WAIT = timedelta(days=1)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
_KEPT = timedelta(days=30)
_LOOK_S = 5.0
_PRUNE_EVERY = timedelta(hours=1)
_ONE_S = 120.0
_MOST, _AT_ONCE = 200, 8
_log = logging.getLogger(__name__)


class _Line(NamedTuple):
    """What waits one behind the other: about an issue or pull request, and apart from it what stops the work on it."""

    repository: int
    number: int
    stops: bool

    @classmethod
    def of(cls, delivery: Delivery) -> "_Line":
        """Where a delivery waits."""
        return cls(delivery.repository_id, delivery.number, delivery.stops)

    @property
    def other(self) -> "_Line":
        """The other line of the same issue."""
        return self._replace(stops=not self.stops)


class _Begun(NamedTuple):
    """One that is being carried out, and since when."""

    task: asyncio.Task[None]
    since: datetime


class Processing:
    """`forge` is its name in the ledger. `pause` is the first wait after a failure.

    Of one issue, one delivery at a time; of different issues, eight.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        cases: Cases,
        issues: Issues,
        actors: Actors,
        desk: Desk,
        house: House,
        forge: str,
        pause: timedelta = _FIRST_PAUSE,
    ) -> None:
        self._deliveries, self._cases, self._issues, self._actors = deliveries, cases, issues, actors
        self._acting = Acting(desk)
        self._entitlement = Entitlement(actors, house.allowed)
        self._house, self._forge, self._pause = house, forge, pause
        self._woken = asyncio.Event()
        self._busy: dict[_Line, _Begun] = {}
        # An issue and its pull request have different numbers: what is said on both is acted on one by one.
        self._alone: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        self._pruned = datetime.min.replace(tzinfo=UTC)

    def wake(self) -> None:
        """Something came in. Call it on the loop's own thread."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                rest_s = _LOOK_S
                try:
                    rest_s = await self._dispatch(group)
                    await self._prune()
                except ClusterError as error:
                    _log.warning("deliveries can't be read: %s", error)
                # not `wait_for`, which in Python 3.11 swallows a cancellation that comes with the event
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest_s):
                        await self._woken.wait()

    async def _dispatch(self, group: asyncio.TaskGroup) -> float:
        """Begin what can be begun; seconds until it is worth looking again."""
        now, rest_s = datetime.now(UTC), _LOOK_S
        pending = {_Line.of(one.delivery): one for one in reversed(await self._deliveries.pending(_MOST))}
        for line, one in reversed(pending.items()):
            if line in self._busy:
                continue
            if one.due > now:
                rest_s = min(rest_s, (one.due - now).total_seconds())
            elif line.stops and not self._may_pass(pending.get(line.other), now):
                rest_s = min(rest_s, _PATIENCE_S)
            elif line.stops or len(self._busy) < _AT_ONCE:
                self._busy[line] = _Begun(group.create_task(self._settle(one, line)), now)
        return rest_s

    def _may_pass(self, before: PendingDelivery | None, now: datetime) -> bool:
        """Whether what stops need not wait for what came in before it: that can't begin, or does not come to an end."""
        if before is None:
            return True
        begun = self._busy.get(_Line.of(before.delivery))
        return before.due > now if begun is None else (now - begun.since).total_seconds() > _PATIENCE_S

    async def _settle(self, one: PendingDelivery, line: "_Line") -> None:
        """Carry one out, or write down when it is tried again; a ledger that is away changes nothing."""
        try:
            await self._carried_out(one)
        except ClusterError as error:
            _log.warning("delivery stays open id=%s error=%s", one.delivery.id, error)
            await asyncio.sleep(self._pause.total_seconds())
        finally:
            self._busy.pop(line, None)
            self._woken.set()

    async def _carried_out(self, one: PendingDelivery) -> None:
        """A try is counted before it begins, because what is in a delivery may be what ends the process."""
        delivery, tries = one.delivery, one.tries + 1
        if tries > _MOST_TRIES:
            await self._done(delivery, f"put aside: {_MOST_TRIES} tries began and none came to an end")
            return
        await self._deliveries.note(delivery.id, tries, one.due)
        try:
            async with asyncio.timeout(_ONE_S):
                verdict = await self._verdict(delivery)
        except _FINAL as error:
            verdict = f"refused: {error}"
        except (TimeoutError, *_WAITS) as error:
            await self._again(delivery, error, tries=0)
            return
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not stop the others; it is told
            _log.exception("delivery failed id=%s try=%d", delivery.id, tries)
            await self._again(delivery, error, tries=tries)
            return
        await self._done(delivery, verdict, overtakes=delivery.stops and not verdict.startswith("ignored: "))

    async def _verdict(self, delivery: Delivery) -> str:
        order = order_in(delivery, await self._with_our_login())
        if isinstance(order, Dropped):
            return f"ignored: {order.reason}"
        if order.kind in _STOPS:
            return await self._stopped(order, delivery)
        issue = await self._issue(delivery)
        if issue is None:
            return f"ignored: #{delivery.number} is no pull request of ours"
        return await self._acted(order, delivery, issue)

    async def _acted(self, order: Order, delivery: Delivery, issue: int) -> str:
        async with self._alone.setdefault((delivery.repository_id, issue), asyncio.Lock()):
            now = await self._standing(delivery, issue)
            if why := await self._refused(order, delivery, now):
                return f"ignored: {why}"
            return await self._acting.act(order, delivery, now)

    async def _stopped(self, order: Order, delivery: Delivery) -> str:
        """What is under way for the issue is broken off; a start that was not carried out yet is none any more."""
        issue = await self._issue(delivery)
        if issue is None:
            return f"ignored: #{delivery.number} is no pull request of ours"
        if why := await self._refused(order, delivery, await self._standing(delivery, issue)):
            return f"ignored: {why}"
        begun = self._busy.get(_Line.of(delivery).other)
        if begun and begun.since <= delivery.received:
            begun.task.cancel()
            await asyncio.wait([begun.task])
        verdict = await self._acted(order, delivery, issue)
        waits = any(_Line.of(one.delivery) == _Line.of(delivery).other for one in await self._deliveries.pending(_MOST))
        return "stopped before it began" if waits and verdict.startswith("ignored: ") else verdict

    async def _standing(self, delivery: Delivery, issue: int) -> Standing:
        return Standing(issue, await self._cases.of_issue(self._forge, delivery.repository_id, issue))

    async def _with_our_login(self) -> House:
        if not self._house.ours:
            login = (await self._issues.login()).lower()
            self._house = self._house.model_copy(update={"ours": login})
        return self._house

    async def _issue(self, delivery: Delivery) -> int | None:
        """The issue that it is about; of a pull request's comment, the one that the pull request is for."""
        if not delivery.is_pull:
            return delivery.number
        return issue_of(delivery.branch or await self._actors.branch(delivery.repo, delivery.number) or "")

    async def _refused(self, order: Order, delivery: Delivery, now: Standing) -> str | None:
        if order.kind in _NEEDS_NO_RIGHT or (order.kind == "stop" and now.asked_for_by(delivery.actor.login)):
            return None
        if order.kind == "reply" and not now.asks:
            return "the comment holds no command, and nobody waits for an answer"
        return await self._entitlement.missing(delivery.repo, delivery.actor)

    async def _again(self, delivery: Delivery, error: Exception, *, tries: int) -> None:
        """Wait in proportion to its age, so that waits grow; too often or for too long, and it is put aside."""
        reason = str(error) or type(error).__name__
        now = datetime.now(UTC)
        age = now - delivery.received
        if tries >= _MOST_TRIES or age > _LONGEST_WAIT:
            await self._done(delivery, f"put aside: {type(error).__name__}: {reason}")
            return
        pause = min(max(age / 2, self._pause), max(_LONGEST_PAUSE, self._pause))
        if isinstance(error, RateLimited):
            pause = max(pause, timedelta(seconds=error.retry_after))
        _log.warning("delivery waits id=%s seconds=%.0f reason=%s", delivery.id, pause.total_seconds(), reason)
        await self._deliveries.note(delivery.id, tries, now + pause)

    async def _done(self, delivery: Delivery, verdict: str, *, overtakes: bool = False) -> None:
        told = "delivery=%s event=%s.%s repo=%s number=%s actor=%s verdict=%s"
        kind = (delivery.event, delivery.action, delivery.repo, delivery.number, delivery.actor.login)
        (_log.error if verdict.startswith("put aside") else _log.info)(told, delivery.id, *kind, verdict)
        await self._deliveries.done(delivery.id, verdict, f"overtaken: {verdict}" if overtakes else None)

    async def _prune(self) -> None:
        now = datetime.now(UTC)
        if now - self._pruned > _PRUNE_EVERY:
            self._pruned = now
            await self._deliveries.prune(now - _KEPT)
