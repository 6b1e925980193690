"""A request to the Messages API: checked as the API checks it, and what the script needs to know of it."""

import json
from dataclasses import dataclass
from typing import Any

from demo.model.error import invalid
from demo.model.mishap import Role

Block = dict[str, Any]
_PART = "You do one part of this issue"  # how a specialist of a part is told of it


@dataclass(frozen=True)
class Request:
    """The parsed body."""

    raw: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages as they were sent."""
        return list(self.raw["messages"])

    @property
    def opening(self) -> str:
        """The text of the first user message."""
        first = next(message for message in self.messages if message["role"] == "user")
        return "\n".join(str(block.get("text", "")) for block in blocks_of(first))

    @property
    def turn(self) -> int:
        """How many answers the conversation holds already."""
        return sum(message["role"] == "assistant" for message in self.messages)

    @property
    def role(self) -> Role:
        """The author has tools, and so has who does a part of its work (`share`).

        The reviewer has none, or must answer in JSON of a schema; the planner is asked for `shares` in such.
        """
        wanted = (self.raw.get("output_config") or {}).get("format")
        if self.raw.get("tools") and not wanted:
            return "share" if _PART in self.opening else "author"
        return "planner" if '"shares"' in json.dumps(wanted) else "reviewer"

    @property
    def text(self) -> str:
        """Everything that was said to the model, unescaped."""
        said = [block.get("text", "") for message in self.messages for block in blocks_of(message)]
        return "\n".join(map(str, said)) + json.dumps(self.raw.get("system", ""), ensure_ascii=False)


def blocks_of(message: dict[str, Any]) -> list[Block]:
    """A message's content as blocks; a plain text is one."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def parse(body: bytes, *, counting: bool = False) -> Request:
    """The request of a body. Raises `ApiError` (400) as the API would."""
    try:
        raw = json.loads(body)
    except ValueError as error:
        raise invalid("The request body is not valid JSON") from error
    if not isinstance(raw, dict):
        raise invalid("The request body is not a JSON object")
    for name in ("model", "messages") if counting else ("model", "messages", "max_tokens"):
        if not raw.get(name):
            raise invalid(f"{name}: Field required")
    for number, message in enumerate(raw["messages"]):
        if message.get("role") not in {"user", "assistant", "system"} or not message.get("content"):
            raise invalid(f"messages.{number}: content must be non-empty and role one of user, assistant, system")
    request = Request(raw)
    if not any(message["role"] == "user" for message in request.messages):
        raise invalid("messages: at least one user message is required")
    _check_tools(request.messages)
    return request


def _check_tools(messages: list[dict[str, Any]]) -> None:
    spoken = [message for message in messages if message["role"] != "system"]
    for number, (message, following) in enumerate(zip(spoken, [*spoken[1:], None], strict=True)):
        asked = [block["id"] for block in blocks_of(message) if block.get("type") == "tool_use"]
        answered = _results(following) if following else []
        missing = [one for one in asked if one not in answered]
        if missing:
            raise invalid(
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}."
            )
        if message["role"] == "assistant" and set(answered) - set(asked):
            raise invalid(f"messages.{number + 1}: unexpected `tool_use_id` found in `tool_result` blocks")


def _results(message: dict[str, Any]) -> list[str]:
    return [block["tool_use_id"] for block in blocks_of(message) if block.get("type") == "tool_result"]
