"""The bash tool: what the model is told of a command."""

from typing import Any

import pytest

from agents.tools.answer import Answer, BadCall
from agents.tools.bash import bash
from domain.command import CommandResult
from domain.errors import BadWork


class Came:
    """A shell whose next command comes to this."""

    def __init__(self, **fields: Any) -> None:
        self.result = CommandResult(**({"exit_code": 0, "output": "", "seconds": 0.1} | fields))
        self.restarts = 0

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """The result, whatever the command."""
        return self.result

    async def restart(self) -> None:
        """Counted."""
        self.restarts += 1

    async def close(self) -> None:
        """Never called by the tool."""
        raise AssertionError


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"output": "a\nb\n"}, Answer(text="a\nb\n[exit code 0]")),
        ({"exit_code": 2}, Answer(text="(no output)\n[exit code 2]")),
        (
            {"exit_code": None, "timed_out": True, "output": "x"},
            Answer(text="x\n[timed out after 9 s; all that it had started was killed]", error=True),
        ),
        (
            {"exit_code": 1, "restarted": True},
            Answer(
                text="(no output)\n[exit code 1; the shell was started afresh: "
                "its directory, variables and functions are gone]"
            ),
        ),
        ({"exit_code": None}, Answer(text="(no output)\n[exit code unknown]")),
    ],
)
async def test_the_end_of_a_command_is_told(fields: dict[str, Any], answer: Answer) -> None:
    """Exit code, time-out and a lost shell stand after the output."""
    assert await bash({"command": "x"}, Came(**fields), 9.0) == answer


async def test_long_output_keeps_its_head_and_tail() -> None:
    """Six thousand characters of each; the shell's own cut is shorter."""
    told = (await bash({"command": "x"}, Came(output="a" * 10_000 + "b" * 10_000), 9.0)).text
    assert told == "a" * 6_000 + "\n[... 8000 characters left out ...]\n" + "b" * 6_000 + "\n[exit code 0]"


@pytest.mark.parametrize("given", [{"restart": True}, {"restart": "true", "command": "ls"}])
async def test_the_shell_is_restarted_when_asked(given: dict[str, Any]) -> None:
    """And no command runs."""
    shell = Came()
    told = await bash(given, shell, 9.0)
    assert (shell.restarts, told.text.startswith("[the shell was started afresh")) == (1, True)


@pytest.mark.parametrize("given", [{}, {"command": "  \n"}, {"command": None}, {"command": 1}, {"command": "a\0b"}])
async def test_a_call_without_a_command_is_a_bad_call(given: dict[str, Any]) -> None:
    """So is one that no shell can read."""
    with pytest.raises(BadCall):
        await bash(given, Came(), 9.0)


async def test_a_command_that_no_shell_takes_is_an_answer() -> None:
    """The port's refusal is told to the model."""

    class Picky(Came):
        async def run(self, command: str, timeout_s: float) -> CommandResult:
            raise BadWork("the command is over 1 MB")

    assert await bash({"command": "x"}, Picky(), 9.0) == Answer(text="not run: the command is over 1 MB", error=True)
