"""The Messages API's answer, read without losing or adding a field of its content blocks."""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, field_validator

from adapters.claude.usage import Usage, WireUsage
from domain.conversation import Block, Message, StopReason
from domain.errors import ModelRejected

_STOP_REASON = TypeAdapter[StopReason](StopReason)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")

    content: tuple[Block, ...]
    stop_reason: str | None
    usage: WireUsage

    @field_validator("content")
    @classmethod
    def _can_be_sent_back(cls, content: tuple[Block, ...]) -> tuple[Block, ...]:
        """The API would refuse every later request with such a block in it."""
        calls = [block for block in content if block.get("type") == "tool_use"]
        ids = [block.get("id") for block in calls]
        named = all(isinstance(word, str) and word for block in calls for word in (block.get("id"), block.get("name")))
        if not named or len(set(ids)) < len(ids) or not all(isinstance(block.get("type"), str) for block in content):
            msg = "a block without a type, or a call without a name or an id of its own"
            raise ValueError(msg)
        return content


class Answer(BaseModel):
    """What one call gave: the message to append, why it stopped, what it used."""

    model_config = ConfigDict(frozen=True)

    message: Message
    stop_reason: StopReason
    usage: Usage
    request_id: str


def read(raw: Any, request_id: str) -> Answer:
    """The answer in a decoded response body.

    Raises:
        ModelRejected: the body is no Messages API answer, or its stop reason has no name here. It is paid.
    """
    try:
        wire = _Wire.model_validate(raw)
    except ValidationError as error:
        where = ", ".join(".".join(str(part) for part in detail["loc"]) or "body" for detail in error.errors()[:3])
        raise _paid(
            f"Claude's answer is not one of the Messages API: {where} missing or out of shape",
            "check that ANTHROPIC_BASE_URL is a Messages API",
        ) from error
    return Answer(
        message=Message(role="assistant", content=wire.content),
        stop_reason=_named(wire.stop_reason),
        usage=wire.usage.counts,
        request_id=request_id,
    )


def _named(reason: str | None) -> StopReason:
    try:
        return _STOP_REASON.validate_python(reason)
    except ValidationError as error:
        known = ", ".join(get_args(StopReason))
        raise _paid(
            f"Claude stopped for a reason that this version does not know: {reason!r} (known: {known})",
            "update claude-cluster",
        ) from error


def _paid(reason: str, remedy: str) -> ModelRejected:
    rejected = ModelRejected(reason, remedy)
    rejected.may_be_paid = True
    return rejected
