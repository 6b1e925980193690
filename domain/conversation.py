"""The words between us and the model. Content blocks stay as the API gave them: they carry signatures."""

from typing import Any, Literal

from domain.frozen import Frozen
from domain.spend import Spend

Block = dict[str, Any]
StopReason = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
]


class Message(Frozen):
    """One turn; `content` is a tuple of Messages API content blocks."""

    role: Literal["user", "assistant"]
    content: tuple[Block, ...]


class ToolCall(Frozen):
    """The model asks for a tool; `input` is what it sent, unchecked."""

    id: str
    name: str
    input: Block


class Query(Frozen):
    """One call. `tools` are Messages API tool definitions; `schema` asks for JSON of that JSON Schema.

    `max_tokens` bounds the answer. The prefix (tools, system, earlier messages) must stay
    byte-identical from call to call, or the prompt cache is lost.
    """

    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[Block, ...] = ()
    max_tokens: int = 16_000
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    json_schema: Block | None = None


class Reply(Frozen):
    """One answer: the message to append exactly as it is, why it stopped, and what it cost."""

    message: Message
    stop_reason: StopReason
    spend: Spend
    seconds: float = 0.0
    request_id: str = ""

    @property
    def text(self) -> str:
        """The text blocks, joined."""
        return "".join(str(block.get("text", "")) for block in self.message.content if block.get("type") == "text")

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools that the model asks for, in its order."""
        return tuple(
            ToolCall(id=str(block["id"]), name=str(block["name"]), input=dict(block.get("input") or {}))
            for block in self.message.content
            if block.get("type") == "tool_use"
        )
