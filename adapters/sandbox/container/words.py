"""What worker and helper say to each other. Each message is one packet; the worker asks, the helper answers.

A connection is a session: it takes a slot, starts one bash in it, and when it is closed, or whoever held it is
gone, everything of that slot is ended.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.frozen import Frozen

# Where bash finds the pipes that it is given; see `adapters.sandbox.driver`.
COMMANDS, REPORTS = 20, 21


class Take(Frozen):
    """A slot, please, for a session that shows these folders, which must be the worker's own."""

    kind: Literal["take"] = "take"
    writable: tuple[Path, ...]
    readable: tuple[Path, ...] = ()


class Start(Frozen):
    """Start this program; descriptors for its output, its commands and its reports come along.

    `variables` is its whole environment, `groups` the groups it is in besides its own. With
    `shut_out`, where the kernel knows Landlock, files open only below `reads` and `writes`. `network` allows
    sockets beyond local ones.
    """

    kind: Literal["start"] = "start"
    argv: tuple[str, ...] = Field(min_length=1)
    variables: dict[str, str]
    folder: Path
    groups: tuple[int, ...]
    reads: tuple[Path, ...]
    writes: tuple[Path, ...]
    shut_out: bool = True
    network: bool = False


class Kill(Frozen):
    """End all processes of the session but the first."""

    kind: Literal["kill"] = "kill"


class Weigh(Frozen):
    """How many bytes the session holds on disks."""

    kind: Literal["weigh"] = "weigh"


class Settle(Frozen):
    """Open to group `gid` what the slot user `uid` owns below `path`."""

    kind: Literal["settle"] = "settle"
    uid: int
    path: Path
    gid: int


class Unlock(Frozen):
    """Open to the worker whatever running sessions have made below `path`."""

    kind: Literal["unlock"] = "unlock"
    path: Path


class Taken(Frozen):
    """The slot: its user, its own folder (with `home` and `tmp`), and a group for each folder of the question.

    `nested` are the groups of folders that lie below those and are shown by other sessions for themselves.
    """

    kind: Literal["taken"] = "taken"
    uid: int
    folder: Path
    groups: tuple[int, ...]
    nested: tuple[int, ...] = ()


class Begun(Frozen):
    """It runs, or soon says on its output why it could not."""

    kind: Literal["begun"] = "begun"
    pid: int


class Done(Frozen):
    """What was asked for is done; `size` is in bytes."""

    kind: Literal["done"] = "done"
    size: int = 0


class Killed(Frozen):
    """The processes that ran when it was asked for have ended."""

    kind: Literal["killed"] = "killed"


class Refused(Frozen):
    """What was asked for can't be, and why."""

    kind: Literal["refused"] = "refused"
    reason: str
    remedy: str = ""


class Over(Frozen):
    """The first process has ended, minus n by signal n; whatever else there was is being ended."""

    kind: Literal["over"] = "over"
    code: int


class Ended(Frozen):
    """Nothing of the session is left."""

    kind: Literal["ended"] = "ended"


Request = Take | Start | Kill | Weigh | Settle | Unlock
Answer = Taken | Begun | Done | Killed | Refused | Over | Ended

REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])
