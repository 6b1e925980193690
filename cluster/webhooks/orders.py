"""From a delivery to the order in it, or to the reason why there is none. Nobody is asked anything here."""

import re
from datetime import timedelta

from agents.hidden import visible
from cluster.webhooks.house import House
from cluster.webhooks.reading import Dropped
from domain.delivery import Delivery
from domain.order import Order, command_in, is_trigger, specialist_of
from proof.status_comment import STATUS_MARK

# Settled deliveries are kept for longer: what is older than this can be one of them, sent once more.
TOO_OLD = timedelta(days=14)
_LONGEST = 16_000  # characters of a comment that are read: strangers write them, and reading takes time
_OUR_BRANCH = re.compile(r"claude/issue-([1-9]\d{0,9})(?:-\d+)?", re.ASCII)
_GONE = {"closed": "the issue was closed", "deleted": "the issue was deleted", "transferred": "the issue was moved"}


def order_in(delivery: Delivery, house: House) -> Order | Dropped:
    """The order of a delivery. Who gave it may still not be entitled to it."""
    if delivery.received - delivery.moment > TOO_OLD:
        return Dropped(reason=f"it happened on {delivery.moment:%Y-%m-%d}, which is too long ago")
    if delivery.event == "issues":
        return _of_issue(delivery, house)
    if delivery.event == "pull_request":
        return _of_pull(delivery)
    return _of_comment(delivery, house)


def issue_of(branch: str) -> int | None:
    """The issue that a branch of ours is for; None for any other branch."""
    match = _OUR_BRANCH.fullmatch(branch)
    return int(match[1]) if match else None


def _of_issue(delivery: Delivery, house: House) -> Order | Dropped:
    if delivery.action in _GONE:
        return Order(kind="withdraw", text=_GONE[delivery.action])
    if not is_trigger(delivery.label):
        return Dropped(reason=f"the label {delivery.label!r} asks for nothing")
    return _off(delivery) if delivery.action == "unlabeled" else _on(delivery, house)


def _off(delivery: Delivery) -> Order | Dropped:
    if any(is_trigger(label) for label in delivery.labels):
        return Dropped(reason="another label still asks for the work")
    return Order(kind="withdraw", text=f"the label {delivery.label} was removed")


def _on(delivery: Delivery, house: House) -> Order | Dropped:
    if not delivery.open:
        return Dropped(reason="the issue is closed")
    if why := house.may_not_label(delivery.actor):
        return Dropped(reason=why)
    return Order(kind="start", specialist=specialist_of(delivery.label))


def _of_pull(delivery: Delivery) -> Order | Dropped:
    if issue_of(delivery.branch) is None:
        return Dropped(reason=f"#{delivery.number} is no pull request of ours")
    return Order(kind="settle")


def _of_comment(delivery: Delivery, house: House) -> Order | Dropped:
    if why := house.may_not_say(delivery.actor):
        return Dropped(reason=why)
    if delivery.comment.startswith(STATUS_MARK):
        return Dropped(reason="it is our own")
    words = visible(delivery.comment[:_LONGEST]).text
    order = command_in(words, house.specialties)
    if order is not None:
        place = f"\n\n(about {delivery.place})" if delivery.place and order.kind == "say" else ""
        return order.model_copy(update={"text": order.text + place})
    if delivery.is_pull or not words.strip():
        return Dropped(reason="the comment holds no command")
    return Order(kind="reply", text=words)
