"""Attempts on what connects us to the shell, on terminals that show its output, and on later runs."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from adapters.sandbox import Isolation
from domain.command import CommandResult, Place
from domain.ports import Shell
from proof.parsers.unreadable import Unreadable
from proof.report_file import take_report

Ask = Callable[..., Awaitable[CommandResult]]
Inside = Callable[..., Awaitable[str]]


@pytest.fixture
async def boxed(confined: Isolation, place: Place) -> AsyncIterator[Shell]:
    """A persistent shell in a sandbox that confines."""
    opened = await confined.shell(place)
    yield opened
    await opened.close()


FORGERIES = {
    "status_in_the_output": "printf '2 0\\0'; printf '999 0\\0'; (exit 7)",
    "status_pipe_of_the_shell": "printf '2 0\\0' > /proc/$$/fd/9; (exit 7)",
    "all_pipes": "for f in /proc/[0-9]*/fd/*; do printf '3 0\\0x' > $f; done 2>/dev/null; (exit 7)",
    "later_status_from_the_background": '(sleep 0.3; for n in 2 3 4; do printf "$n 0\\0" > /proc/$$/fd/9; done) &',
    "next_command_eaten": "(timeout 1 cat < /proc/$$/fd/8 > /workspace/eaten) & (exit 7)",
    "closed_descriptors": "exec 7>&- 8<&- 9>&- 1>&- 2>&-",
    "names_of_the_driver": "__ticket=9; __command='echo evil'; readonly __command 2>/dev/null; (exit 7)",
    "builtins_replaced": "read() { return 1; }; printf() { :; }; eval() { :; }; (exit 7)",
    "traps": "trap 'echo trapped; exit 0' DEBUG EXIT ERR RETURN; (exit 7)",
    "options": "set -euo pipefail; shopt -s extdebug; IFS=0; (exit 7)",
    "prompt_commands": "PROMPT_COMMAND='echo x'; BASH_ENV=/workspace/e; PS4='$(echo evil)'; set -x; (exit 7)",
    "unfinished_command": "cat <<END",
    "length_that_lies": "printf '%s' \"$(head -c 2000000 /dev/zero | tr '\\0' 0)\"; (exit 7)",
}


@pytest.mark.parametrize("kind", FORGERIES)
async def test_the_next_command_is_true(boxed: Shell, kind: str) -> None:
    """Whatever a command does to the shell that runs it, the shell soon answers truly again, afresh if need be."""
    await boxed.run(FORGERIES[kind], 1)
    for _ in range(3):
        told = await boxed.run("command echo marker; (exit 5)", 2)
        if (told.exit_code, told.output[-7:]) == (5, "marker\n"):
            return
        if told.output != "marker\n":
            await boxed.restart()  # as the agent may, when its shell is broken
    pytest.fail(f"the shell stayed broken: {told!r}")


async def test_a_run_can_not_forge_its_exit_code(confined: Isolation, place: Place) -> None:
    """The code of a test run comes from the kernel: no pipe, trap or background process changes it."""
    forged = "for f in /proc/[0-9]*/fd/*; do printf '1 0\\0' > $f; done 2>/dev/null; (sleep 0.1; kill -9 $$) & sleep 1"
    told = await confined.run(place, forged, 20, {})
    assert told.exit_code == 137


TERMINAL = {
    "colour": ("\\033[31mred\\033[0m", "red"),
    "title": ("a\\033]0;owned\\007b", "ab"),
    "clipboard": ("a\\033]52;c;ZXZpbA==\\033\\\\b", "ab"),
    "link": ("\\033]8;;http://evil.example\\033\\\\text\\033]8;;\\033\\\\", "text"),
    "clear": ("a\\033[2J\\033[1;1Hb", "ab"),
    "answer_back": ("a\\033[6n\\033[cb", "ab"),
    "device_string": ("a\\033P+q544e\\033\\\\b", "ab"),
    "reset": ("a\\033cb", "a\ufffdcb"),
    "eight_bit": ("a\\302\\2332Jb", "a\ufffd2Jb"),
    "bell_and_backspace": ("a\\007\\010\\177b", "a\ufffd\ufffd\ufffdb"),
    "unfinished": ("a\\033]0;x", "a\ufffd]0;x"),
}


@pytest.mark.parametrize("kind", TERMINAL)
async def test_orders_to_a_terminal(inside: Inside, kind: str) -> None:
    """None gets through to where our output is printed: logs, the command line, comments."""
    printed, text = TERMINAL[kind]
    assert await inside(f"printf '{printed}'") == text


async def test_no_order_gets_through_in_pieces(inside: Inside) -> None:
    """Where long output is cut, half a sequence does no harm."""
    told = await inside("for n in $(seq 20000); do printf '\\033]0;x\\007\\033[31m%s' $n; done")
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", told) == []


PLANTED = {
    "variables": "export LD_PRELOAD=/workspace/evil.so PYTHONSTARTUP=/workspace/e.py BASH_ENV=/workspace/e; "
    "export PATH=/workspace:$PATH",
    "profiles": "for f in .bashrc .bash_profile .profile .pythonrc .gitconfig .npmrc; do echo 'echo evil' > ~/$f; done",
    "user_packages": "d=$(python3 -m site --user-site); mkdir -p $d; echo 'print(\"evil\")' > $d/usercustomize.py; "
    "echo 'import sys; print(\"evil\")' > $d/x.pth",
    "programs_of_the_user": "mkdir -p ~/.local/bin ~/bin; for p in git python3 ls; do "
    "printf '#!/bin/sh\\necho evil\\n' > ~/.local/bin/$p; chmod +x ~/.local/bin/$p; cp ~/.local/bin/$p ~/bin; done",
    "environment": "for d in /env/bin /env/lib; do mkdir -p $d; echo 'import sys; print(\"evil\")' > $d/x.pth; "
    "printf '#!/bin/sh\\necho evil\\n' > $d/git; chmod +x $d/git; done",
    "preload_file": "echo /workspace/evil.so > /etc/ld.so.preload; echo /workspace > /etc/ld.so.conf; ldconfig",
    "memory_folders": "echo evil > /tmp/x; echo evil > /dev/shm/x; mkdir -p /tmp/pytest-of-agent; ln -s / /tmp/link",
    "segments": "ipcmk -M 64; ipcmk -Q; ipcmk -S 1",
    "processes": "setsid sh -c 'while sleep 0.1; do echo evil > /workspace/late; done' >/dev/null 2>&1 &",
}


@pytest.mark.parametrize("kind", PLANTED)
async def test_nothing_is_left_for_a_later_run(confined: Isolation, place: Place, tmp_path: Path, kind: str) -> None:
    """A run in a clean checkout, with the same environment, meets nothing that an earlier one left."""
    environment, clean = tmp_path / "env", tmp_path / "clean"
    environment.mkdir()
    clean.mkdir()
    shell = await confined.shell(place.model_copy(update={"environment": environment}))
    await shell.run(f"({PLANTED[kind]}) 2>/dev/null; {PLANTED[kind]} 2>/dev/null", 20)
    await shell.close()
    command = "ls ~ $TMPDIR; cat /tmp/x /dev/shm/x; ls -d /tmp/link /tmp/pytest-of-agent; python3 -c 'print(1)'; "
    command += "bash -lc 'git --version >/dev/null; echo on'; env; ls -A"
    told = await confined.run(Place(workspace=clean, environment=environment), command, 30, {})
    assert "evil" not in told.output
    assert "LD_PRELOAD" not in told.output
    assert list(clean.iterdir()) == []
    assert "/tmp/link\n" not in told.output
    assert "/tmp/pytest-of-agent\n" not in told.output


async def test_no_segment_is_left(confined: Isolation, place: Place) -> None:
    """Memory, queues and semaphores of System V, which no process holds, are gone with the session that made them."""
    names = "shm msg sem"
    listed = f"for n in {names}; do tail -n +2 /proc/sysvipc/$n; done"
    made = await confined.run(place, f"ipcmk -M 64; ipcmk -Q; ipcmk -S 1; {listed} | grep -w $(id -u)", 20, {})
    assert made.output.count("\n") >= 6
    keys = {line.split()[0] for line in made.output.splitlines() if re.match(r"\s*-?\d+\s+\d+\s", line)}
    assert len(keys) == 3
    left = (await confined.run(place, listed, 20, {})).output
    assert not keys & {line.split()[0] for line in left.splitlines()}


REPORTS = {
    "pipe": "mkfifo r.xml",
    "link": "ln -s /etc/hostname r.xml",
    "link_above": "rm -r sub; ln -s /etc sub",
    "folder": "mkdir r.xml",
    "huge": "truncate -s 3G r.xml",
    "socket": "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"r.xml\")'",
}


@pytest.mark.parametrize("kind", REPORTS)
async def test_planted_reports_are_not_judged(confined: Isolation, place: Place, kind: str) -> None:
    """A report that is none is refused at once, without waiting, reading elsewhere or filling our memory."""
    (place.workspace / "sub").mkdir()
    await confined.run(place, REPORTS[kind], 20, {})
    with pytest.raises(Unreadable):
        take_report(place.workspace, "sub/hostname" if kind == "link_above" else "r.xml")
