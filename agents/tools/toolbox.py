"""The tools together: from a call to its answer."""

from dataclasses import dataclass

from agents.snapshots import Snapshots
from agents.tools.answer import Answer, BadCall
from agents.tools.bash import BASH, bash
from agents.tools.cut import one_line
from agents.tools.edit import EDIT, edit, inside
from agents.tools.submit import SUBMIT, submit
from domain.change import Submission
from domain.conversation import Block, ToolCall
from domain.ports import Files, Shell

DEFINITIONS: tuple[Block, ...] = (BASH, EDIT, SUBMIT)
_NAMES = tuple(str(tool["name"]) for tool in DEFINITIONS)
_WIDTH = 80


@dataclass(frozen=True)
class Toolbox:
    """What the tools work on; `home` is the workspace's path on this machine."""

    shell: Shell
    files: Files
    snapshots: Snapshots
    checklist: tuple[str, ...]
    home: str

    async def use(self, call: ToolCall, pending: Submission | None, timeout_s: float) -> Answer:
        """The tool's answer; whatever is wrong with the call is said in it. `pending` was handed in once."""
        try:
            return await self._use(call, pending, timeout_s)
        except BadCall as bad:
            return Answer(text=f"error: {bad}", error=True, malformed=True)

    async def _use(self, call: ToolCall, pending: Submission | None, timeout_s: float) -> Answer:
        if call.name == BASH["name"]:
            self.snapshots.changed = True
            return await bash(call.input, self.shell, timeout_s)
        if call.name == EDIT["name"]:
            answer = edit(call.input, self.files, self.home)
            self.snapshots.changed |= answer.changed
            return answer
        if call.name == SUBMIT["name"]:
            return await submit(call.input, self.snapshots, self.checklist, pending)
        raise BadCall(f"there is no tool `{call.name[:40]}`: use {', '.join(_NAMES)}")


def label(call: ToolCall) -> str:
    """The call in one line of at most 80 characters, for people who watch."""
    if call.name == BASH["name"]:
        return one_line(f"bash: {call.input.get('command') or 'restart'}", _WIDTH)
    if call.name == EDIT["name"]:
        verb = "view" if call.input.get("command") == "view" else "edit"
        return one_line(f"{verb}: {inside(str(call.input.get('path', '')), '')}", _WIDTH)
    return one_line(call.name, _WIDTH)
