"""`claude-cluster-sandbox -- COMMAND...`: the entry point of a container in which bubblewrap can't run.

Starts COMMAND as the worker, a user without any rights of root, and stays as the root helper that gives the
worker's sandboxes users of their own. Ends with the worker, and with its exit code.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from adapters.sandbox.container import boot, channel, kernel
from adapters.sandbox.container.birth import begin_worker
from adapters.sandbox.container.helper import Helper
from adapters.sandbox.container.nursery import Nursery
from adapters.sandbox.container.ranges import Ranges
from domain.errors import ConfigurationError
from domain.frozen import Frozen

_STATE = Path("/var/lib/claude-cluster")
_DEFAULTS = Ranges()
_SIGNALLED = 128
_INIT = 1


class Wanted(Frozen):
    """What was asked for: whom to run what as, and where the helper listens."""

    ranges: Ranges
    socket: Path
    state: Path
    command: tuple[str, ...]


def main() -> None:
    """Run until the worker ends; 2 for a usage or a container that can't be."""
    try:
        sys.exit(_serve(_asked(sys.argv[1:])))
    except ConfigurationError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)


def _serve(wanted: Wanted) -> int:
    ranges = wanted.ranges
    boot.require_rights()
    boot.require_free_numbers(ranges)
    boot.prepare_state(wanted.state, ranges.worker)
    boot.close_state(wanted.state, ranges)
    slots = boot.furnish(ranges, wanted.socket.parent / "slots")
    listener = boot.listen(wanted.socket, ranges.worker)
    if os.getpid() != _INIT:
        kernel.adopt_orphans()
    nursery = Nursery()
    worker = os.fork()
    if not worker:
        listener.close()
        begin_worker(wanted.command, _variables(wanted), ranges.worker, (*ranges.users, *ranges.groups))
    try:
        code = Helper(ranges, listener, slots, nursery).run(worker)
    finally:
        wanted.socket.unlink(missing_ok=True)
    return _SIGNALLED - code if code < 0 else code


def _variables(wanted: Wanted) -> dict[str, str]:
    """Ours, with a home that is the worker's."""
    home = Path(os.environ.get("HOME", "/"))
    own = home.is_dir() and home.stat().st_uid == wanted.ranges.worker
    ours = {
        "HOME": str(home if own else wanted.state),
        "CLAUDE_CLUSTER_HOME": str(wanted.state),
        channel.VARIABLE: str(wanted.socket),
    }
    return {**os.environ, **ours}


def _asked(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(
        prog="claude-cluster-sandbox",
        usage="claude-cluster-sandbox [options] -- COMMAND...",
        description="Starts COMMAND as a user without rights, and lends its sandboxes users of their own. For root in "
        "a container, where bubblewrap can't run; the worker's commands get no network.",
    )
    parser.add_argument("--user", type=int, default=_DEFAULTS.worker, help="number of the worker (%(default)s)")
    parser.add_argument("--first-uid", type=int, default=_DEFAULTS.first, help="first of sandboxes (%(default)s)")
    parser.add_argument("--slots", type=int, default=_DEFAULTS.slots, help="sandboxes at once (%(default)s)")
    parser.add_argument("--shared", type=int, default=_DEFAULTS.shared, help="folders that they show (%(default)s)")
    parser.add_argument("--socket", type=Path, default=channel.PLACE, help="where the helper listens (%(default)s)")
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    given = parser.parse_args(arguments)
    if not given.command:
        parser.error("name the command to start, after `--`")
    try:
        ranges = Ranges(worker=given.user, first=given.first_uid, slots=given.slots, shared=given.shared)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationError(f"{first['loc'][0]}: {first['msg']}", "see claude-cluster-sandbox --help") from None
    state = Path(os.environ.get("CLAUDE_CLUSTER_HOME") or _STATE).absolute()
    return Wanted(ranges=ranges, socket=given.socket.absolute(), state=state, command=tuple(given.command))


if __name__ == "__main__":
    main()
