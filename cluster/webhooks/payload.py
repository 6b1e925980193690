"""What is read of a webhook's body: as little as possible, so that no change at the forge breaks it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from adapters.github.payloads import IssuePayload, Label, Payload, Written
from adapters.github.pull_payload import PullPayload
from adapters.github.text import one_line
from adapters.github.timeline import ActorPayload
from domain.delivery import Actor

_LONGEST_NAME = 255
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _plain(value: object) -> object:
    return one_line(value, _LONGEST_NAME) if isinstance(value, str) else value or ""


Name = Annotated[str, BeforeValidator(_plain)]


class Home(Payload):
    """The repository; its id survives renames."""

    id: int
    full_name: Name


class Timed(Payload):
    """When it changed last."""

    updated_at: datetime | None = None


class IssueEvent(IssuePayload, Timed):
    """The issue (or the issue side of a pull request) of an event."""


class PullEvent(PullPayload, Timed):
    """The pull request of an event."""

    labels: tuple[Label, ...] | None = None


class CommentEvent(Written):
    """What somebody just wrote: a comment, a comment on a line, or a review."""

    created_at: datetime | None = None
    submitted_at: datetime | None = None
    path: Name = ""
    line: int | None = None


class EventPayload(Payload):
    """The body of any event that can matter; what an event does not have is None."""

    action: Name = ""
    sender: ActorPayload | None = None
    repository: Home | None = None
    issue: IssueEvent | None = None
    pull_request: PullEvent | None = None
    comment: CommentEvent | None = None
    review: CommentEvent | None = None
    label: Label | None = Field(default=None)

    @property
    def actor(self) -> Actor:
        """Who did it."""
        return self.sender.actor() if self.sender else Actor(login="")

    @property
    def written(self) -> CommentEvent | None:
        """What was just written."""
        return self.comment or self.review

    def moment(self, received: datetime) -> datetime:
        """When it happened by the forge's clock; by ours where the forge does not say."""
        said = self.written
        thing = self.issue or self.pull_request
        times = [said.created_at or said.submitted_at] if said else [thing.updated_at if thing else None]
        found = times[0] or received
        return max(found if found.tzinfo else found.replace(tzinfo=UTC), _EPOCH)
