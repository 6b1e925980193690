"""A workspace: the agent's files, and our git directory that it can't reach."""

from pathlib import Path

from domain.case import Case
from domain.frozen import Frozen


class Workspace(Frozen):
    """Where one run's files are on this machine.

    `path` is what the agent sees at /workspace; `clone` is our bare repository; `scratch` holds our
    index, clean checkouts and all else that the agent must not see; `ref` keeps the base's objects.
    """

    case: Case
    path: Path
    clone: Path
    scratch: Path
    ref: str
