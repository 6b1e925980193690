"""One connection to the helper, as the helper sees it."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.sandbox.container import channel
from adapters.sandbox.container.slots import Slot
from adapters.sandbox.container.words import Answer


@dataclass(eq=False, slots=True)
class Seat:
    """A session from its slot to its end. `folders` may be written to, each with its group; `groups` are all of it."""

    connection: socket.socket
    slot: Slot | None = None
    folders: tuple[tuple[Path, int], ...] = ()
    groups: tuple[int, ...] = ()
    pid: int | None = None
    leaving: bool = False
    hung_up: bool = False

    def say(self, answer: Answer) -> None:
        """Tell the worker; one that does not listen any more, or whose socket is full, is not waited for."""
        with suppress(OSError):
            channel.send(self.connection, answer.model_dump_json().encode())

    def writes_below(self, path: Path) -> bool:
        """Whether it may write to this folder, or to one in it."""
        return any(folder.is_relative_to(path) for folder, _ in self.folders)
