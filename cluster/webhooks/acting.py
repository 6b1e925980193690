"""Carrying out one order: what it means for the issue as it stands."""

from cluster.webhooks.desk import Desk
from domain.case import CaseFile, WorkRequest
from domain.delivery import Delivery
from domain.order import Order, priority_of
from domain.outcome import Outcome


class Standing:
    """An issue and all its cases, newest first."""

    def __init__(self, issue: int, files: tuple[CaseFile, ...]) -> None:
        self.issue = issue
        self.files = files

    @property
    def newest(self) -> CaseFile | None:
        """The newest case."""
        return self.files[0] if self.files else None

    @property
    def at_work(self) -> CaseFile | None:
        """The newest case if it runs, waits, or will run; one that failed and one that ended do not."""
        file = self.newest
        return None if file is None or file.ended or file.status == "failed" else file

    def asked_for_by(self, login: str) -> bool:
        """Whether it was this person who asked for the work that is under way."""
        return self.at_work is not None and self.at_work.case.requested_by.lower() == f"@{login}".lower()

    @property
    def asks(self) -> bool:
        """Whether the newest case ended with questions, or with an agent's word that there is nothing to change.

        What was found before any agent was asked is a fact of the forge, which no answer changes.
        """
        file = self.newest
        if file is None:
            return False
        return file.outcome is Outcome.NEEDS_INFORMATION or (
            file.outcome is Outcome.NO_CHANGE_NEEDED and file.spend.calls > 0
        )

    def of_pull(self, pull: int) -> CaseFile | None:
        """The case that opened a pull request; the newest where that is not written down any more."""
        for file in self.files:
            if file.result and file.result.pull_request and file.result.pull_request.number == pull:
                return file
        return self.newest


class Acting:
    """Carries out orders; what each gives is the delivery's verdict, one line."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def act(self, order: Order, delivery: Delivery, now: Standing) -> str:
        """Do what is asked for. Raises what the desk raises."""
        act = {
            "start": self._start,
            "retry": self._retry,
            "reply": self._reply,
            "say": self._say,
            "approve": self._approve,
            "stop": self._stop,
            "withdraw": self._stop,
            "settle": self._settle,
        }[order.kind]
        return await act(order, delivery, now)

    async def _start(self, order: Order, delivery: Delivery, now: Standing) -> str:
        if busy := now.at_work:
            return f"{busy.case.id} works on it already"
        if now.newest and not now.newest.ended:
            return await self._again(now.newest, delivery)
        request = WorkRequest(
            repo=delivery.repo,
            issue=now.issue,
            specialist=order.specialist,
            priority=priority_of(delivery.labels),
            requested_by=f"@{delivery.actor.login}",
        )
        file = await self._desk.start(request, delivery.frozen, delivery.id)
        return f"{file.case.id} stands: {file.outcome}" if file.ended else f"started {file.case.id}"

    async def _retry(self, order: Order, delivery: Delivery, now: Standing) -> str:
        if now.newest is None:
            return await self._start(order, delivery, now)
        if busy := now.at_work:
            return f"{busy.case.id} works on it already"
        return await self._again(now.newest, delivery)

    async def _reply(self, _: Order, delivery: Delivery, now: Standing) -> str:
        if now.newest is None or not now.asks or delivery.received <= now.newest.updated:
            return "ignored: nobody waits for an answer"
        return await self._again(now.newest, delivery)

    async def _say(self, order: Order, delivery: Delivery, now: Standing) -> str:
        file = now.newest
        if file is None:
            return await self._start(order, delivery, now)
        await self._desk.say(file.case.id, delivery.actor.login, order.text, delivery.id)
        if now.at_work:
            return f"told to {file.case.id}"
        return await self._again(file, delivery)

    async def _again(self, file: CaseFile, delivery: Delivery) -> str:
        """A new attempt; asked for on a pull request, with the text that was frozen for the one before."""
        case, frozen = file.case, delivery.frozen
        if delivery.is_pull:
            known = {"title": case.issue.title, "body": case.issue.body, "labels": case.issue.labels}
            frozen = frozen.model_copy(update=known)
        await self._desk.retry(case.id, frozen, delivery.id)
        return f"started {case.id} again"

    async def _approve(self, _: Order, delivery: Delivery, now: Standing) -> str:
        if now.newest is None or now.newest.awaits is None:
            return "ignored: nothing waits for approval"
        await self._desk.approve(now.newest.case.id, delivery.actor.login)
        return f"approved {now.newest.case.id}"

    async def _stop(self, order: Order, delivery: Delivery, now: Standing) -> str:
        file = now.newest
        if file is None or file.ended:
            return "ignored: nothing is being worked on"
        why = order.text or f"stopped by @{delivery.actor.login}"
        await self._desk.stop(file.case.id, why)
        return f"stopped {file.case.id}: {why}"

    async def _settle(self, _: Order, delivery: Delivery, now: Standing) -> str:
        file = now.of_pull(delivery.number)
        if file is None:
            return f"ignored: no task opened #{delivery.number}"
        await self._desk.settled(file.case.id, delivery.number, delivery.moment if delivery.merged else None)
        return f"recorded for {file.case.id}: {'merged' if delivery.merged else 'closed without merge'}"
