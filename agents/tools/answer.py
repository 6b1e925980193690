"""What a tool says back."""

from domain.change import Submission
from domain.frozen import Frozen


class Answer(Frozen):
    """The result of a tool call, as the model reads it.

    `error` flags it as one; `malformed` says that the call itself made no sense; `changed` that files may
    differ now; `submission` is what was handed in, and `final` that this was the second time.
    """

    text: str
    error: bool = False
    malformed: bool = False
    changed: bool = False
    submission: Submission | None = None
    final: bool = False


class BadCall(Exception):
    """The model's input makes no sense; the message tells it what to send instead."""


class CannotDo(Exception):
    """The call makes sense but can't be done on these files; the message says why."""
