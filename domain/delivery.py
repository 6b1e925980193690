"""A webhook delivery: what the forge told us, frozen when it came in."""

from datetime import datetime

from domain.frozen import Frozen
from domain.order import command_in

_STOPPING = {"unlabeled", "closed", "deleted", "transferred"}
_LONGEST = 16_000


class Actor(Frozen):
    """Who did something on the forge; `bot` is the forge's own word for it."""

    login: str
    bot: bool = False


class FrozenText(Frozen):
    """The issue's text at the moment of the trigger; `by` is the login of whoever asked for the work.

    `title`, `body` and `labels` are None where only the moment is known. Times are the forge's own, UTC.
    """

    moment: datetime
    by: str
    title: str | None = None
    body: str | None = None
    labels: tuple[str, ...] | None = None


class Delivery(Frozen):
    """One event on an issue or a pull request, as little of it as is needed; `number` is of either.

    `digest` is the SHA-256 (hex) of the signed bytes: the same event under another id is the same delivery.
    `received` is our clock, `moment` the forge's. `label` is the one that was set or removed, `comment` what
    was just written, `place` the file and line that a review's comment stands at. `branch` is a pull request's
    head, empty if that lies in another repository.
    """

    id: str
    digest: str
    event: str
    action: str
    repo: str
    repository_id: int
    number: int
    is_pull: bool = False
    actor: Actor
    author: str = ""
    title: str = ""
    body: str = ""
    labels: tuple[str, ...] = ()
    open: bool = True
    label: str = ""
    comment: str = ""
    place: str = ""
    branch: str = ""
    merged: bool = False
    moment: datetime
    received: datetime

    @property
    def stops(self) -> bool:
        """Whether it may be meant to stop work: such a one need not wait behind what can't begin."""
        if self.event == "issues":
            return self.action in _STOPPING
        order = command_in(self.comment[:_LONGEST], frozenset())
        return order is not None and order.kind == "stop"

    @property
    def frozen(self) -> FrozenText:
        """What the work may read; of a pull request's event, nothing but when and who."""
        if self.is_pull:
            return FrozenText(moment=self.moment, by=self.actor.login)
        return FrozenText(moment=self.moment, by=self.actor.login, title=self.title, body=self.body, labels=self.labels)


class PendingDelivery(Frozen):
    """A delivery that waits to be acted on: how often that was begun and not finished, and when it is due (UTC)."""

    delivery: Delivery
    tries: int = 0
    due: datetime


class Remark(Frozen):
    """What a person who may direct the work said to the running agent; later ones have higher numbers."""

    number: int
    author: str
    text: str
