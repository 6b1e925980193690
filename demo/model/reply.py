"""The reply to a request: taken from the script, bent by a mishap, cut at max_tokens."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from demo.model.error import ApiError, invalid
from demo.model.mishap import Mishap
from demo.model.request import Request
from demo.model.script import PartScript, Script
from demo.model.usage import Usage, tokens_of

Block = dict[str, Any]
_THE_END = "The rehearsed script ends here."
_NO_PLAN = {"shares": [], "reason": "the rehearsed script has no plan"}
_ERRORS = {
    "rate_limit": ("rate_limit_error", "This request would exceed your rate limit.", ""),
    "spend_limit": ("rate_limit_error", "You have reached your spend limit.", "enforced_spend_limit_reached"),
    "server_error": ("api_error", "Internal server error", ""),
    "overloaded": ("overloaded_error", "Overloaded", ""),
    "authentication": ("authentication_error", "invalid x-api-key", ""),
    "billing": ("billing_error", "Your credit balance is too low to access the API.", ""),
    "permission": ("permission_error", "Your API key does not have permission to use this model.", ""),
}


@dataclass(frozen=True)
class Reply:
    """One answer, ready to be sent whole or as a stream; `request_id` is the call's."""

    id: str
    model: str
    content: tuple[Block, ...]
    stop_reason: str
    usage: Usage

    @property
    def output_tokens(self) -> int:
        """What the answer counts."""
        return sum(_tokens(block) for block in self.content)

    def shape(self) -> dict[str, Any]:
        """The message as the API gives it."""
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": list(self.content),
            "stop_reason": self.stop_reason,
            "stop_sequence": None,
            "stop_details": None,
            "usage": self.usage.shape(self.output_tokens),
        }


def _tokens(block: Block) -> int:
    said = block.get("text") or block.get("thinking")
    return tokens_of(said) if said else tokens_of(block.get("input", "")) + tokens_of(block.get("name", ""))


def reply_to(request: Request, scripts: list[Script], mishap: Mishap | None, usage: Usage) -> Reply:
    """The reply that the request alone decides on. Raises `ApiError` where no script fits, or as the mishap says."""
    if mishap and mishap.kind in _ERRORS:
        kind, message, code = _ERRORS[mishap.kind]
        raise ApiError(kind, message, code=code, retry_after=mishap.retry_after)
    script = _cast(request, scripts)
    identity = hashlib.sha256(f"{script.name}/{request.role}/{request.turn}/{request.opening}".encode()).hexdigest()
    content = tuple(_finish(block, identity, number) for number, block in enumerate(_lines(request, script)))
    content, reason = _bend(content, mishap, identity)
    content, reason = _shorten(content, reason, int(request.raw["max_tokens"]))
    return Reply(f"msg_rehearsed_{identity[:20]}", request.raw["model"], content, reason, usage)


def _cast(request: Request, scripts: list[Script]) -> Script:
    fitting = [script for script in scripts if script.fits(request.opening)]
    if not fitting:
        names = ", ".join(script.name for script in scripts) or "none"
        raise invalid(f"No rehearsed script matches the first user message (scripts: {names}).")
    return max(fitting, key=lambda script: (len(script.match), script.name))


def _lines(request: Request, script: Script) -> tuple[Block, ...]:
    if request.role in {"author", "share"}:
        turns = script.author if request.role == "author" else _part(request, script).turns
        return turns[request.turn] if request.turn < len(turns) else ({"type": "text", "text": _THE_END},)
    content = script.planner or _NO_PLAN if request.role == "planner" else _verdict(request, script)
    return ({"type": "text", "text": json.dumps(content, ensure_ascii=False)},)


def _part(request: Request, script: Script) -> PartScript:
    part = script.part(request.text)
    if part is None:
        raise invalid(f"The rehearsed script {script.name} has nothing to say for this part.")
    return part


def _verdict(request: Request, script: Script) -> Block:
    verdict = script.verdict(request.text, request.turn)
    if verdict is None:
        raise invalid(f"The rehearsed script {script.name} has no review.")
    return verdict.content


def _finish(block: Block, identity: str, number: int) -> Block:
    if block["type"] == "tool_use":
        return {"type": "tool_use", "id": f"toolu_rehearsed_{identity[:16]}{number:02}"} | block
    if block["type"] == "thinking":
        return {"signature": f"rehearsed-{identity}"} | block
    return block


def _bend(content: tuple[Block, ...], mishap: Mishap | None, identity: str) -> tuple[tuple[Block, ...], str]:
    uses = any(block["type"] == "tool_use" for block in content)
    reason = "tool_use" if uses else "end_turn"
    kind = mishap.kind if mishap else "delay"
    if kind in {"refusal", "empty"}:
        return (), "refusal" if kind == "refusal" else "end_turn"
    if kind in {"max_tokens", "model_context_window_exceeded", "pause_turn"}:
        return ({"type": "text", "text": "Rehearsed reply: this is where it was cut"},), kind
    if kind in {"unknown_tool", "malformed_input"}:
        name, given = ("teleport", {"to": "done"}) if kind == "unknown_tool" else ("bash", {"comand": ["ls", 1]})
        block = {"type": "tool_use", "name": name, "input": given}
        return (_finish(block, identity, 99),), "tool_use"
    return content, reason


def _shorten(content: tuple[Block, ...], reason: str, limit: int) -> tuple[tuple[Block, ...], str]:
    kept: list[Block] = []
    for block in content:
        size = _tokens(block)
        if size > limit:
            if block["type"] == "text" and limit:
                kept.append(block | {"text": block["text"][: limit * 3]})
            return tuple(kept), "max_tokens"
        limit -= size
        kept.append(block)
    return content, reason
