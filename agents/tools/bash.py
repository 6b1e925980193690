"""The bash tool: one shell that goes on from command to command."""

from agents.tools.answer import Answer, BadCall
from agents.tools.arguments import flag, words
from agents.tools.cut import head_and_tail
from agents.tools.interactive import refusal
from domain.command import CommandResult
from domain.conversation import Block
from domain.errors import BadWork
from domain.ports import Shell

BASH: Block = {"type": "bash_20250124", "name": "bash"}
_MOST_CHARACTERS = 12_000
_LOST = "the shell was started afresh: its directory, variables and functions are gone"


async def bash(given: Block, shell: Shell, timeout_s: float) -> Answer:
    """Run `command`, or start the shell afresh with `restart`. Raises `BadCall`."""
    if flag(given, "restart"):
        await shell.restart()
        return Answer(text=f"[{_LOST}]")
    command = words(given, "command", "")
    if not command.strip():
        raise BadCall("`command` is empty: send a command, or `restart`: true")
    hint = refusal(command)
    if hint is not None:
        return Answer(text=hint, error=True)
    try:
        came = await shell.run(command, timeout_s)
    except BadWork as refused:
        return Answer(text=f"not run: {refused}", error=True)
    return Answer(text=_told(came, timeout_s), error=came.timed_out)


def _told(came: CommandResult, timeout_s: float) -> str:
    output = head_and_tail(came.output.rstrip("\n"), _MOST_CHARACTERS) or "(no output)"
    if came.timed_out:
        end = f"timed out after {timeout_s:g} s; all that it had started was killed"
    else:
        end = f"exit code {'unknown' if came.exit_code is None else came.exit_code}"
    lost = f"; {_LOST}" if came.restarted else ""
    return f"{output}\n[{end}{lost}]"
