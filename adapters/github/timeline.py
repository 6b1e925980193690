"""What we read of an issue's timeline: who set which label."""

from collections.abc import Iterable
from datetime import datetime

from adapters.github.payloads import Label, Payload
from domain.backlog import Labelled
from domain.delivery import Actor


class ActorPayload(Payload):
    """Who did it; null once the account is gone."""

    login: str = ""
    type: str = ""

    def actor(self) -> Actor:
        """The domain's actor; a login ending in `[bot]` is a bot's wherever a server does not tell the type."""
        return Actor(login=self.login, bot=self.type == "Bot" or self.login.endswith("[bot]"))


class TimelinePayload(Payload):
    """One entry of `GET /repos/{owner}/{repo}/issues/{number}/timeline`; kinds without a time or a label have none."""

    id: int | None = None
    event: str = ""
    actor: ActorPayload | None = None
    label: Label | None = None
    created_at: datetime | None = None
    sha: str = ""

    @property
    def labelled(self) -> Labelled | None:
        """Who and when, if both are known."""
        if self.actor is None or not self.actor.login or self.created_at is None:
            return None
        return Labelled(by=self.actor.actor(), at=self.created_at)


def newest_label(entries: Iterable[TimelinePayload], label: str) -> Labelled | None:
    """Who set a label that is still on. Entries come oldest first, and of an account that is gone nothing is known."""
    found: Labelled | None = None
    for one in entries:
        ours = one.label is not None and (one.label.name or "").lower() == label.lower()
        if ours and one.event in {"labeled", "unlabeled"}:
            found = one.labelled if one.event == "labeled" else None
        elif found and one.event == "renamed" and (one.actor is None or one.actor.login != found.by.login):
            found = found.model_copy(update={"renamed": True})
    return found
