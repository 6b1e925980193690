"""The persistent shell, with and without isolation."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from adapters.sandbox import Isolation
from domain.command import CommandResult, Place
from domain.errors import BadWork
from domain.ports import Shell

Ask = Callable[..., Awaitable[CommandResult]]
Becomes = Callable[[str, int], Awaitable[bool]]

CASES = [
    ("printf 'a\\nb'", 0, "a\nb"),
    ("echo out; echo err >&2; exit_code() { return 7; }; exit_code", 7, "out\nerr\n"),
    ("cat <<'END'\n$HOME \"quoted\" 'too'\nEND", 0, "$HOME \"quoted\" 'too'\n"),
    ("echo 日本語 🦀", 0, "日本語 🦀\n"),
    ("printf 'a\\xff\\xfeb\\0c'", 0, "a\ufffd\ufffdb\ufffdc"),
    ("cat; read -r line || echo no input", 0, "no input\n"),
    ("echo 'never closed", 2, "bash: eval: line 1: unexpected EOF while looking for matching `''\n"),
    ("no-such-program", 127, "bash: line 1: no-such-program: command not found\n"),
    ("", 0, ""),
    ("ls /proc/self/fd | wc -l", 0, "4\n"),
]


@pytest.mark.parametrize(("command", "code", "output"), CASES)
async def test_command(shell: Shell, ask: Ask, command: str, code: int, output: str) -> None:
    """A command's output and exit code are told as they are."""
    assert await ask(shell, command) == CommandResult(exit_code=code, output=output, seconds=0)


async def test_state_persists(shell: Shell, ask: Ask) -> None:
    """Directory, variables, functions and options live on."""
    await ask(shell, "mkdir deep && cd deep && export A='1 2' && f() { echo \"f $1\"; } && set -o pipefail")
    told = await ask(shell, 'basename "$PWD"; echo "$A"; f x; false | true')
    assert told == CommandResult(exit_code=1, output="deep\n1 2\nf x\n", seconds=0)


async def test_time_out_keeps_the_state(shell: Shell, ask: Ask, becomes: Becomes) -> None:
    """A time-out kills what was started, in the background too, and the shell goes on."""
    await ask(shell, "cd / && export A=1")
    late = await shell.run("(setsid sleep 71003 &) ; sleep 71003 | cat; echo not reached", 0.5)
    assert (late.exit_code, late.timed_out, late.restarted) == (None, True, False)
    assert late.seconds < 10
    assert await becomes("71003", 0)
    assert await ask(shell, "pwd; echo $A") == CommandResult(exit_code=0, output="/\n1\n", seconds=0)


async def test_endless_loop_restarts(shell: Shell, ask: Ask) -> None:
    """A loop inside bash itself can only be ended with bash."""
    late = await ask(shell, "A=1; echo begun; while :; do :; done", 0.3)
    assert late == CommandResult(exit_code=None, output="begun\n", seconds=0, timed_out=True, restarted=True)
    assert await ask(shell, 'echo "[$A]"') == CommandResult(exit_code=0, output="[]\n", seconds=0)


@pytest.mark.parametrize(
    ("command", "code", "output"),
    [
        ("echo a; exit 3", 3, "a\n"),
        ("exec echo b", 0, "b\n"),
        ("kill -9 $$", 137, ""),
        ("set -e; false; echo no", 1, ""),
    ],
)
async def test_end_of_bash_restarts(shell: Shell, ask: Ask, command: str, code: int, output: str) -> None:
    """What ends bash is told with its exit code, and a new bash is there."""
    assert await ask(shell, command) == CommandResult(exit_code=code, output=output, seconds=0, restarted=True)
    assert await ask(shell, "echo here") == CommandResult(exit_code=0, output="here\n", seconds=0)


async def test_bash_killed_between_commands(shell: Shell, ask: Ask) -> None:
    """A bash that dies while nobody looks is replaced, and that is told with the next result."""
    await ask(shell, "A=1; (sleep 0.05; kill -9 $$) &")
    await asyncio.sleep(0.3)
    told = await ask(shell, 'echo "[$A]"')
    assert told == CommandResult(exit_code=0, output="[]\n", seconds=0, restarted=True)


async def test_restart_loses_state(shell: Shell, ask: Ask, becomes: Becomes) -> None:
    """A restart that was asked for starts in the workspace, with nothing left."""
    await ask(shell, "cd /; A=1; sleep 71004 & ")
    await shell.restart()
    told = await ask(shell, 'echo "[$A]"; basename "$PWD"')
    assert told == CommandResult(exit_code=0, output="[]\nworkspace\n", seconds=0)
    assert await becomes("71004", 0)


async def test_background_process_does_not_hang(shell: Shell, ask: Ask) -> None:
    """What goes on in the background holds nothing up; what it prints comes with the next command."""
    begun = time.monotonic()
    assert (await ask(shell, "(sleep 0.2; echo late; sleep 100) & echo now")).output == "now\n"
    await asyncio.sleep(0.5)
    assert (await ask(shell, "echo next")).output in ("late\nnext\n", "next\nlate\n")
    assert time.monotonic() - begun < 5


async def test_long_output_is_cut(shell: Shell) -> None:
    """Over 10,000 characters head and tail are left, with a way to see the rest."""
    told = await shell.run("seq 100000", 20)
    whole = "".join(f"{number}\n" for number in range(1, 100_001))
    head, mark, tail = told.output.partition("\n[... 578,895 characters left out here; to see them, run ")
    assert head == whole[:5000]
    assert mark
    assert tail.endswith(f" ...]\n{whole[-5000:]}")
    assert len(told.output) < 10_300


async def test_flood_is_killed(shell: Shell, ask: Ask) -> None:
    """More than 50 MB of output end the command, not the shell."""
    await ask(shell, "A=1")
    told = await ask(shell, "yes")
    assert (told.exit_code, told.timed_out, told.restarted) == (137, False, False)
    assert told.output.endswith("[killed: more than 50 MB of output; write to a file, print parts of it]\n")
    assert (await ask(shell, "echo $A")).output == "1\n"


async def test_long_command(shell: Shell, ask: Ask) -> None:
    """A command larger than a pipe and than an argument arrives whole."""
    text = "x" * 200_000
    assert (await ask(shell, f"printf %s {text} | wc -c")).output == "200000\n"


async def test_commands_take_turns(shell: Shell, ask: Ask) -> None:
    """Commands sent at the same time run one after the other."""
    told = await asyncio.gather(*(ask(shell, f"echo {n}; sleep 0.02; echo {n}") for n in range(5)))
    assert [result.output for result in told] == [f"{n}\n{n}\n" for n in range(5)]


async def test_two_shells_do_not_mix(isolation: Isolation, place: Place, ask: Ask) -> None:
    """Each shell has its own state and output."""
    first, second = await asyncio.gather(isolation.shell(place), isolation.shell(place))
    try:
        await asyncio.gather(ask(first, "A=first"), ask(second, "A=second"))
        told = await asyncio.gather(*(ask(shell, "sleep 0.05; echo $A") for shell in (first, second)))
        assert [result.output for result in told] == ["first\n", "second\n"]
    finally:
        await first.close()
        await second.close()


async def test_cancelled_command_leaves_nothing(shell: Shell, ask: Ask, becomes: Becomes) -> None:
    """Cancelling kills everything within two seconds; the next command finds a new shell."""
    task = asyncio.create_task(shell.run("setsid sleep 71001 & sleep 71001", 60))
    assert await becomes("71001", 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await becomes("71001", 0)
    assert await ask(shell, "echo on") == CommandResult(exit_code=0, output="on\n", seconds=0, restarted=True)


async def test_close_leaves_nothing(isolation: Isolation, place: Place, becomes: Becomes) -> None:
    """A closed shell has no process left, daemons included, and takes no command."""
    shell = await isolation.shell(place)
    await shell.run("setsid nohup sleep 71002 >/dev/null 2>&1 & disown", 10)
    assert await becomes("71002", 1)
    await shell.close()
    await shell.close()
    assert await becomes("71002", 0)
    with pytest.raises(RuntimeError, match="closed"):
        await shell.run("true", 1)


async def test_close_during_a_command(isolation: Isolation, place: Place) -> None:
    """Closing ends the running command as a death of bash."""
    shell = await isolation.shell(place)
    task = asyncio.create_task(shell.run("sleep 60", 60))
    await asyncio.sleep(0.2)
    await shell.close()
    told = await asyncio.wait_for(task, 3)
    assert (told.exit_code, told.restarted) == (137, True)


async def test_nul_is_refused_and_nothing_runs(shell: Shell, place: Place) -> None:
    """A command with NUL never reaches bash."""
    with pytest.raises(BadWork):
        await shell.run("touch made\0", 5)
    assert list(place.workspace.iterdir()) == []


async def test_forged_status_does_not_desynchronise(shell: Shell, ask: Ask) -> None:
    """A command that writes to the status pipe can only lie about itself."""
    forged = "for fd in /proc/$$/fd/*; do printf 'x\\0999 0\\0' >$fd; done 2>/dev/null; echo done >&2; false"
    await ask(shell, forged, 5)
    await ask(shell, "true", 5)
    assert await ask(shell, "echo still in step; (exit 5)") == CommandResult(
        exit_code=5, output="still in step\n", seconds=0
    )
