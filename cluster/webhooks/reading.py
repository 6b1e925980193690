"""From a webhook's signed bytes to the delivery that is stored, or to the reason why it is not."""

import hashlib
from datetime import datetime

from pydantic import ValidationError

from adapters.github.text import one_line
from cluster.webhooks.payload import CommentEvent, EventPayload
from domain.delivery import Delivery
from domain.frozen import Frozen

# Event and actions. Source: GitHub's documentation, "Webhook events and payloads".
_WANTED: dict[str, frozenset[str]] = {
    "issues": frozenset({"labeled", "unlabeled", "closed", "deleted", "transferred"}),
    "issue_comment": frozenset({"created"}),
    "pull_request": frozenset({"closed"}),
    "pull_request_review": frozenset({"submitted"}),
    "pull_request_review_comment": frozenset({"created"}),
}
_NOT_JSON = {"json_invalid", "model_type", "model_attributes_type"}
_LONGEST_ACTION = 40
_LONGEST_LABEL = 255


class NotJson(ValueError):
    """The body is no JSON object."""


class Envelope(Frozen):
    """What the headers say, and when it came in by our clock."""

    id: str
    event: str
    received: datetime


class Dropped(Frozen):
    """It is not stored, and why."""

    reason: str


def read(envelope: Envelope, body: bytes) -> Delivery | Dropped:
    """The delivery of a body whose signature was right. Raises `NotJson`."""
    try:
        payload = EventPayload.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] in _NOT_JSON and not first["loc"]:
            raise NotJson(first["msg"]) from None
        where = ".".join(str(part) for part in first["loc"])
        return Dropped(reason=f"the event {envelope.event} can't be read: {where}")
    actions = _WANTED.get(envelope.event)
    if actions is None:
        return Dropped(reason=f"the event {envelope.event} is not used")
    if payload.action not in actions:
        return Dropped(reason=f"the action {payload.action[:_LONGEST_ACTION]!r} of {envelope.event} is not used")
    found = _delivery(envelope, payload, hashlib.sha256(body).hexdigest())
    return found or Dropped(reason=f"the event {envelope.event} names no repository, issue or actor")


def _delivery(envelope: Envelope, payload: EventPayload, digest: str) -> Delivery | None:
    thing = payload.issue or payload.pull_request
    if thing is None or payload.repository is None or not payload.actor.login:
        return None
    pull = payload.pull_request
    return Delivery(
        id=envelope.id,
        digest=digest,
        event=envelope.event,
        action=payload.action,
        repo=payload.repository.full_name,
        repository_id=payload.repository.id,
        number=thing.number,
        is_pull=pull is not None or (payload.issue is not None and payload.issue.pull_request is not None),
        actor=payload.actor,
        author=thing.user.login if thing.user else "",
        title=thing.title,
        body=thing.body,
        labels=payload.issue.label_names if payload.issue else (),
        open=thing.state == "open",
        label=one_line(payload.label.name or "", _LONGEST_LABEL) if payload.label else "",
        comment=payload.written.body if payload.written else "",
        place=_place(payload.written),
        branch=pull.head.ref if pull and pull.is_from(payload.repository.full_name, pull.head.ref) else "",
        merged=pull is not None and pull.outcome == "merged",
        moment=payload.moment(envelope.received),
        received=envelope.received,
    )


def _place(written: CommentEvent | None) -> str:
    """Where a comment on a line stands."""
    if written is None or not written.path:
        return ""
    return f"{written.path}:{written.line}" if written.line else written.path
