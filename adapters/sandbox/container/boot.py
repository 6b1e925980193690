"""What must be true before the helper serves anybody, and is made so: as root, once, at the start."""

import errno
import os
import platform
import pwd
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adapters.sandbox import seccomp
from adapters.sandbox.container import channel
from adapters.sandbox.container.birth import become
from adapters.sandbox.container.closing import shut_shared
from adapters.sandbox.container.ranges import Ranges
from adapters.sandbox.container.slots import PARTS, Slot, Slots, prepare_folder
from adapters.sandbox.container.wardens import Warden
from domain.errors import ConfigurationError

# Numbers from linux/capability.h; all of them are among Docker's defaults.
_NEEDED = {"CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "KILL": 5, "SETGID": 6, "SETUID": 7, "SETPCAP": 8}
_WAITING = 128
_PRIVATE = 0o177
_OWN = 0o700


def require_rights() -> None:
    """Raises `ConfigurationError` unless we are root with what the helper needs, on a machine that it knows."""
    lines = Path("/proc/self/status").read_text().splitlines()
    held = int(next(line.split()[1] for line in lines if line.startswith("CapEff")), 16)
    missing = [name for name, number in _NEEDED.items() if not held >> number & 1]
    lacking = f" (missing: {', '.join(missing)})" if missing else ""
    if os.geteuid() != 0 or missing:
        raise ConfigurationError(
            f"claude-cluster-sandbox must start as root, with Docker's capabilities{lacking}",
            "start the container without --user and without --cap-drop; the worker does not run as root",
        )
    if seccomp.program() is None:
        raise ConfigurationError(f"the sandbox `container` does not know {platform.machine()}", "use bubblewrap there")


def require_free_numbers(ranges: Ranges) -> None:
    """Raises `ConfigurationError` where the machine has a user in the range that sessions get."""
    for user in pwd.getpwall():
        if user.pw_uid in ranges.every or user.pw_gid in ranges.every or ranges.worker in ranges.every:
            raise ConfigurationError(
                f"the numbers from {ranges.first} on are not free: {user.pw_name} has {user.pw_uid}",
                "name others with --first-uid",
            )


def prepare_state(state: Path, worker: int) -> None:
    """The state folder is the worker's; made if it is missing, given if it is empty and root's, as a new volume is.

    Raises:
        ConfigurationError: it is another's.
    """
    state.mkdir(mode=_OWN, parents=True, exist_ok=True)
    if state.stat().st_uid == 0 and not any(state.iterdir()):
        os.chown(state, worker, worker)
        state.chmod(_OWN)
    owner = state.stat().st_uid
    if owner != worker:
        raise ConfigurationError(
            f"the state folder {state} belongs to user {owner}, not to the worker (user {worker})",
            f"chown -R {worker}:{worker} {state}, or name its owner with --user",
        )


def close_state(state: Path, ranges: Ranges) -> None:
    """No group of an earlier start opens anything any more. Raises `ConfigurationError` if that failed."""

    def shut() -> None:
        become(ranges.worker, ranges.worker, ())
        shut_shared(state, ranges.groups)

    if _in_child(shut):
        raise ConfigurationError(f"{state} could not be closed", f"chown -R {ranges.worker}:{ranges.worker} {state}")


def furnish(ranges: Ranges, folder: Path) -> Slots:
    """The folder of the slots; what an earlier start has left in them is ended first. Raises `OSError`."""
    prepare_folder(folder.parent)
    prepare_folder(folder)
    clean = []
    for uid in ranges.users:
        slot = Slot(uid, folder / str(uid))
        if not any((slot.folder / part).exists() for part in PARTS) or _ended(slot, ranges):
            clean.append(slot)
    return Slots(clean)


def _ended(slot: Slot, ranges: Ranges) -> bool:
    warden = Warden(slot.uid, ranges.warden(slot.uid))
    pid = warden.run((), lambda one: one.end((), slot.folder))
    if os.waitpid(pid, 0)[1]:
        return False
    for part in PARTS:
        with suppress(OSError):
            (slot.folder / part).rmdir()
    return not any((slot.folder / part).exists() for part in PARTS)


def listen(place: Path, worker: int) -> socket.socket:
    """The socket, which only the worker may open. Raises `ConfigurationError` if somebody listens there."""
    with channel.open_socket() as trial:
        try:
            trial.connect(str(place))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ECONNREFUSED):
                raise ConfigurationError(f"{place}: {error.strerror}", "name another place with --socket") from error
        else:
            raise ConfigurationError(f"a helper listens on {place} already", "name another place with --socket")
    place.unlink(missing_ok=True)
    listener = channel.open_socket()
    before = os.umask(_PRIVATE)
    try:
        listener.bind(str(place))
    finally:
        os.umask(before)
    os.chown(place, worker, worker)
    listener.listen(_WAITING)
    listener.settimeout(0)
    return listener


def _in_child(act: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    try:
        act()
        os._exit(0)
    finally:
        os._exit(1)
