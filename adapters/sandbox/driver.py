"""The bash side of the protocol: commands come in on a pipe, statuses go out on another."""

import re

from domain.errors import BadWork
from domain.frozen import Frozen

LONGEST_COMMAND = 1_000_000

_STATUS = re.compile(rb"(\d{1,9}) (\d{1,3})")

# The pipes move to 7 (output), 8 (commands) and 9 (statuses), which the commands never inherit: what is
# left in the background can neither read the next command nor keep a pipe of ours open by exec.
# On one line, or bash would count the driver's lines in its messages about the command.
_OPEN = (
    'exec 7>&1 8<&"$1" 9>&"$2"; eval "exec $1<&- $2>&-"; exec >/dev/null 2>&1; '
    'ulimit -c 0; ulimit -f "$3"; ulimit -u "$4"; shift 4; printf "0 0\\0" >&9; '
)
_NEXT = 'IFS= read -r -d "" __ticket <&8 && IFS= read -r -d "" __command <&8'

PERSISTENT = (
    f'{_OPEN}while {_NEXT}; do eval "$__command" </dev/null >&7 2>&7 7>&- 8<&- 9>&-; '
    'printf "%s %s\\0" "$__ticket" "$?" >&9; done'
)

ONCE = f'{_OPEN}{_NEXT} || exit 125; exec </dev/null >&7 2>&7 7>&- 8<&- 9>&-; eval "$__command"; exit'


class Status(Frozen):
    """`code` is the exit code of the command that was sent as number `ticket`; 0 says that bash is ready."""

    ticket: int
    code: int


def encoded(command: str) -> bytes:
    """A command as bytes for the pipe. Raises `BadWork` for what no shell can take."""
    try:
        data = command.encode()
    except UnicodeEncodeError as error:
        raise BadWork("the command is not valid Unicode", "send it without lone surrogates") from error
    if b"\0" in data:
        raise BadWork("the command holds a NUL character", "send it as plain text, or write bytes with printf")
    if len(data) > LONGEST_COMMAND:
        raise BadWork(f"the command is longer than {LONGEST_COMMAND:,} bytes", "write a file and run that")
    return data


class Statuses:
    """Reads the status pipe; what is not a status is skipped, for hostile commands may reach that pipe."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> tuple[Status, ...]:
        """The statuses that are complete now."""
        *words, rest = (self._rest + data).split(b"\0")
        self._rest = rest[-16:]
        found = (_STATUS.fullmatch(word) for word in words)
        return tuple(Status(ticket=int(match[1]), code=int(match[2])) for match in found if match)
