"""How this node starts runs: from a fork server that holds the installed code, else from a fresh interpreter."""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from prefect.utilities.processutils import command_to_string

from cluster.lifeline import ends_with_parent
from cluster.node.fork_server import PRELOADED
from cluster.node.installed import fingerprint

_ENTRY = Path(__file__).with_name("entry.py")
_QUEUE = 128
_log = logging.getLogger(__name__)


class Starts:
    """The command that starts a run, and the fork server behind it; on macOS, where forking is unsafe, none."""

    def __init__(self, modules: Sequence[str] = PRELOADED) -> None:
        self._modules = tuple(modules)
        self._server: subprocess.Popen[bytes] | None = None
        self._fingerprint = 0
        self._folder = Path()
        self._made = 0

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="claude-cluster-"))  # 0700: a start is for this user alone
        self._renew()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._retire()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def server(self) -> int | None:
        """The fork server's process, if there is one."""
        return self._server.pid if self._server and self._server.poll() is None else None

    def command(self) -> str:
        """What starts the next run; a fork server that is gone or has loaded old code is replaced first."""
        self._renew()
        return command_to_string([sys.executable, "-I", "-S", str(_ENTRY), str(self._socket), str(self._folder)])

    def process_of(self, run: str) -> int | None:
        """The process that a run had; asked once, when it has ended."""
        note = self._folder / run
        with suppress(OSError, ValueError):
            pid = int(note.read_text(encoding="ascii"))
            note.unlink()
            return pid
        return None

    @property
    def _socket(self) -> Path:
        return self._folder / f"fork-{self._made}.sock"

    def _renew(self) -> None:
        now = fingerprint(self._modules)
        if self._server and self._server.poll() is not None:
            _log.warning("fork server ended code=%s; it is started again", self._server.returncode)
        elif self._server and now == self._fingerprint:
            return
        elif self._server:
            _log.info("fork server replaced: the installed code has changed")
        self._retire()
        self._fingerprint = now
        if sys.platform == "linux":
            self._server = self._launch()

    def _launch(self) -> "subprocess.Popen[bytes]":
        """Whoever connects from now on waits until everything is loaded, or learns at once that it failed."""
        self._made += 1
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self._socket))
            listener.listen(_QUEUE)
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "cluster.node.fork_server", str(listener.fileno()), *self._modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(listener.fileno(),),
                env={name: value for name, value in os.environ.items() if not name.startswith("PREFECT__")},
                start_new_session=True,
                # While it loads it does not look at its pipe. Its runs end by their keepers, not by this.
                preexec_fn=ends_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one system call
            )

    def _retire(self) -> None:
        """The runs that came from it go on."""
        if self._server:
            self._server.kill()
            self._server.wait()
            if self._server.stdin:
                self._server.stdin.close()
            self._socket.unlink(missing_ok=True)
            self._server = None
