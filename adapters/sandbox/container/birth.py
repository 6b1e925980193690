"""How the helper's children turn into somebody with fewer rights. Each function here runs in a child of its own."""

import fcntl
import os
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from adapters.sandbox import seccomp
from adapters.sandbox.container import kernel, landlock
from adapters.sandbox.container.words import COMMANDS, REPORTS, Start
from domain.errors import SandboxUnavailable

_LOCAL_SOCKETS = (1,)
_HIGH = 100
_MOST_FILES = 1 << 20
_OPEN_FILES = 65_536
_FIRST_TO_GO = "900"
_FAILED = 126
# Python ignores these; a program that it starts should not.
_HEEDED = (signal.SIGPIPE, signal.SIGXFSZ)


def become(uid: int, gid: int, groups: Sequence[int]) -> None:
    """This user for good, without a capability and without a way to gain one. Raises `OSError`."""
    kernel.give_up_capabilities()
    os.setgroups(sorted({gid, *groups}))
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    kernel.have_no_capabilities()
    kernel.gain_no_rights()


def begin_session(start: Start, uid: int, files: Sequence[int], parent: int) -> NoReturn:
    """Become the program of a session. What goes wrong is told on its output, the last line says what."""
    try:
        os.setsid()
        _arrange(files)
        _heed_signals()
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
        os.umask(0o007)
        become(uid, uid, start.groups)
        kernel.end_with_parent(signal.SIGKILL, parent)
        os.chdir(start.folder)
        _confine(start)
        os.execve(start.argv[0], start.argv, start.variables)  # noqa: S606 - what was asked for
    except (OSError, ValueError, SandboxUnavailable) as error:
        os.write(1, f"{error}\n".encode(errors="replace"))
    finally:
        os._exit(_FAILED)


def begin_worker(argv: Sequence[str], variables: dict[str, str], uid: int, groups: Sequence[int]) -> NoReturn:
    """Become the worker. Its files are closed to all but the groups that it gives them to."""
    try:
        os.setsid()
        _heed_signals()
        os.umask(0o027)
        become(uid, uid, groups)
        os.execvpe(argv[0], list(argv), variables)  # noqa: S606 - what was asked for
    except OSError as error:
        sys.stderr.write(f"Error: {argv[0]} did not start: {error.strerror} - check what follows `--`\n")
        sys.stderr.flush()
    finally:
        os._exit(127)


def _confine(start: Start) -> None:
    """The filter is the wall to the network here, so without one nothing starts."""
    program = seccomp.program() if start.network else seccomp.program(families=_LOCAL_SOCKETS)
    if program is None:
        raise SandboxUnavailable(f"no filter of system calls is known for {os.uname().machine}")
    if start.shut_out:
        landlock.shut_out(start.reads, start.writes)
    kernel.filter_calls(program)


def _arrange(files: Sequence[int]) -> None:
    """Nothing to read, the output, and the two pipes of the driver; every other descriptor is closed."""
    prints, commands, reports = (fcntl.fcntl(fd, fcntl.F_DUPFD, _HIGH) for fd in files)
    nothing = os.open("/dev/null", os.O_RDONLY)
    for fd, number in ((nothing, 0), (prints, 1), (prints, 2), (commands, COMMANDS), (reports, REPORTS)):
        os.dup2(fd, number, inheritable=True)
    os.closerange(3, COMMANDS)
    os.closerange(REPORTS + 1, _MOST_FILES)


def _heed_signals() -> None:
    for number in _HEEDED:
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
