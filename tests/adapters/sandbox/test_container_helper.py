"""The helper itself: whom it hears, what it refuses, how it begins and ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.container.channel import open_socket, receive, send
from adapters.sandbox.container.groups import Groups
from adapters.sandbox.container.ranges import Ranges
from adapters.sandbox.container.words import ANSWERS, Answer, Refused, Settle, Start, Take, Taken, Unlock, Weigh
from domain.errors import SandboxUnavailable
from tests.adapters.sandbox.conftest import running_helper

Say = Callable[..., Answer]
CONTAINER = pytest.mark.parametrize("box", ["container"], indirect=True)
_ROOT = Path(__file__).parents[3]
_VARIABLES = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
_NO_FIRST_WARDEN = """
import errno
from adapters.sandbox.container.main import main
from adapters.sandbox.container.wardens import Warden
run, asked = Warden.run, []
def refused_once(self, groups, act):
    asked.append(act)
    if len(asked) == 1:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    return run(self, groups, act)
Warden.run = refused_once
main()
"""


@pytest.fixture
def line(box: Any, helper: Any) -> Iterator[socket.socket]:
    """A connection of the worker's."""
    with _connected(helper) as sock:
        yield sock


@pytest.fixture
def say(line: socket.socket) -> Say:
    """Says something to the helper and gives its answer."""

    def ask(request: Any, files: tuple[int, ...] = ()) -> Answer:
        data = request if isinstance(request, bytes) else request.model_dump_json().encode()
        send(line, data, files)
        return ANSWERS.validate_json(receive(line).data)

    return ask


@contextmanager
def _connected(helper: Any) -> Iterator[socket.socket]:
    with open_socket() as sock:
        sock.settimeout(20)
        sock.connect(str(helper.socket))
        yield sock


@contextmanager
def _session(helper: Any, folder: Path) -> Iterator[socket.socket]:
    """The connection of one that has been told to start."""
    with _connected(helper) as sock, Path("/dev/null").open("w") as nothing:
        send(sock, Take(writable=(folder,)).model_dump_json().encode())
        taken = ANSWERS.validate_json(receive(sock).data)
        assert isinstance(taken, Taken)
        send(sock, _start(taken, folder).model_dump_json().encode(), (nothing.fileno(),) * 3)
        yield sock


def _kinds(sock: socket.socket, count: int) -> list[str]:
    """Of the next answers."""
    return [ANSWERS.validate_json(receive(sock).data).kind for _ in range(count)]


def _start(taken: Taken, folder: Path, **changes: Any) -> Start:
    plain = {"argv": ("/bin/true",), "variables": {}, "folder": folder, "groups": taken.groups}
    return Start.model_validate(plain | {"reads": (), "writes": ()} | changes)


@CONTAINER
@pytest.mark.parametrize(
    "data",
    [b"x", b"{}", b'{"kind":"take"}', b'{"kind":"reboot"}', b'{"kind":"take","writable":["a"],"as":0}', b"\xff\0"],
)
def test_what_is_no_request(say: Say, data: bytes) -> None:
    """It is refused in one line, and the helper goes on."""
    answer = say(data)
    assert isinstance(answer, Refused)
    assert "\n" not in answer.reason
    assert isinstance(say(Take(writable=())), Refused)


@CONTAINER
@pytest.mark.parametrize(
    "path", ["/", "/etc", "/root", "/proc/1/root", "/tmp", "relative", "/tmp/../etc", "/no/such", "/dev/null", "/run"]
)
def test_folders_that_are_nobodys_business(say: Say, path: str) -> None:
    """No folder is opened that is not the worker's own, below folders of the worker's and root's."""
    assert isinstance(say(Take(writable=(Path(path),))), Refused)


@CONTAINER
def test_a_link_to_a_folder(say: Say, tmp_path: Path) -> None:
    """The way to a folder is no link, whoever it belongs to."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert isinstance(say(Take(writable=(tmp_path / "link",))), Refused)
    assert isinstance(say(Take(writable=(tmp_path / "real",))), Taken)


@CONTAINER
@pytest.mark.parametrize("groups", [(0,), (42,), (10_001,), (1, 2)])
def test_groups_that_are_not_of_the_session(say: Say, tmp_path: Path, groups: tuple[int, ...]) -> None:
    """A session starts in no group but those of its own folders: not root's, not shadow's, not the worker's."""
    taken = say(Take(writable=(tmp_path,)))
    assert isinstance(taken, Taken)
    with Path("/dev/null").open("w") as nothing:
        files = (nothing.fileno(),) * 3
        refused = say(_start(taken, tmp_path, groups=(*taken.groups, *groups)), files)
        assert isinstance(refused, Refused)
        assert isinstance(say(_start(taken, tmp_path), files[:2]), Refused)


@CONTAINER
def test_requests_out_of_order(say: Say, tmp_path: Path) -> None:
    """Nothing is started, weighed or settled without a slot, and nobody gets two."""
    nobody = Taken(uid=0, folder=tmp_path, groups=())
    for request in (_start(nobody, tmp_path), Weigh(), Settle(uid=0, path=tmp_path, gid=0)):
        assert isinstance(say(request), Refused)
    taken = say(Take(writable=(tmp_path,)))
    assert isinstance(taken, Taken)
    assert isinstance(say(Take(writable=(tmp_path,))), Refused)
    for uid, gid in ((0, taken.groups[0]), (taken.uid, 0), (os.geteuid(), taken.groups[0])):
        assert isinstance(say(Settle(uid=uid, path=tmp_path, gid=gid)), Refused)


def test_other_users_are_not_heard(helper: Any, tmp_path: Path) -> None:
    """Not even root may ask for anything: the connection is closed without a word."""
    with open_socket() as sock:
        sock.settimeout(20)
        sock.connect(str(helper.socket))
        try:
            send(sock, Unlock(path=tmp_path).model_dump_json().encode())
            heard = receive(sock).data
        except (BrokenPipeError, ConnectionResetError):
            heard = b""
    assert heard == b""


def test_groups_are_given_once() -> None:
    """Each folder has a group of its own; one whose folder is gone and that no session has comes back."""
    groups = Groups(range(7, 9))
    here, gone, other = Path("/usr"), Path("/no/such/folder"), Path("/etc")
    assert [groups.of(path, ()) for path in (here, gone, here)] == [7, 8, 7]
    with pytest.raises(SandboxUnavailable, match="all 2 groups for folders are given out"):
        groups.of(other, {8})
    assert groups.of(other, ()) == 8
    assert groups.below(Path("/")) == (7, 8)


def test_numbers_do_not_meet() -> None:
    """Users of slots, their wardens and the groups of folders are three ranges without a number in common."""
    ranges = Ranges(first=100, slots=10, shared=5)
    wardens = {ranges.warden(uid) for uid in ranges.users}
    assert (ranges.users, sorted(wardens), ranges.groups) == (range(100, 110), [*range(110, 120)], range(120, 125))
    assert ranges.every == range(100, 125)


def _main(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "adapters.sandbox.container.main", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "CLAUDE_CLUSTER_HOME": str(home),
        },
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name the command to start, after `--`"),
        (("--slots", "0", "--", "true"), "Error: slots: Input should be greater than 0"),
        (("--user", "0", "--", "true"), "Error: worker: Input should be greater than 0"),
        (("--user", "-1", "--", "true"), "Error: worker: Input should be greater than 0"),
        (("--first-uid", "x", "--", "true"), "invalid int value"),
        (("--user", "50005", "--first-uid", "50000", "--", "true"), "Error: the numbers from 50000 on are not free"),
    ],
)
def test_bad_usage(helper: Any, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """It ends with 2 and a line that says what is wrong, before anything is started."""
    done = _main("--socket", str(tmp_path / "run" / "socket"), *arguments, home=tmp_path / "state")
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "state").exists()


def test_a_second_helper(helper: Any, tmp_path: Path) -> None:
    """Where one listens another does not start."""
    numbers = ("--user", str(helper.ranges.worker), "--first-uid", str(helper.ranges.first), "--slots", "30")
    done = _main(*numbers, "--shared", "800", "--socket", str(helper.socket), "--", "true", home=helper.folder)
    assert done.returncode == 2
    assert "a helper listens on" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 3), (signal.SIGINT, 4)])
def test_it_passes_signals_on(helper: Any, number: signal.Signals, code: int) -> None:
    """The worker gets what the container's engine sends, and its exit code is the helper's."""
    folder = Path(tempfile.mkdtemp(dir=helper.folder.parent))
    folder.chmod(0o711)
    first = helper.ranges.first + 500_000
    numbers = {"user": first + 900, "first-uid": first, "slots": 2, "shared": 10, "socket": folder / "run" / "socket"}
    options = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    program = "trap 'exit 3' TERM; trap 'exit 4' INT; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen(
        [sys.executable, "-m", "adapters.sandbox.container.main", *options, "--", "bash", "-c", program],
        env={**_VARIABLES, "CLAUDE_CLUSTER_HOME": str(folder / "state")},
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(60) == code
    assert not (folder / "run" / "socket").exists()


def test_a_machine_that_has_no_process_left() -> None:
    """A session whose end can't begin is ended a little later, and its slot is free again."""
    with running_helper("-c", _NO_FIRST_WARDEN) as helper, helper.as_worker():
        folder = Path(tempfile.mkdtemp(dir=helper.folder))
        for _ in range(2):
            with _session(helper, folder) as sock:
                assert _kinds(sock, 3) == ["begun", "over", "ended"]


@CONTAINER
def test_a_session_that_ends_while_its_connection_does(
    line: socket.socket, say: Say, helper: Any, tmp_path: Path
) -> None:
    """The helper hears of both at once, in either order, and goes on."""
    with ExitStack() as stack:
        crowd = [stack.enter_context(_connected(helper)) for _ in range(40)]
        for turn in range(60):
            with _session(helper, tmp_path) as sock:
                assert _kinds(sock, 2) == ["begun", "over"]
                for one in crowd:
                    send(one, b"[" * 100_000)
                time.sleep(turn % 30 / 1_000)
                sock.shutdown(socket.SHUT_WR)
                while receive(sock).data:
                    pass
            for one in crowd:
                receive(one)
    assert isinstance(say(Take(writable=())), Refused)
