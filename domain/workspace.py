"""A workspace: the agent's files, and our git directory that it can't reach."""

from pathlib import Path

from domain.case import Case
from domain.cone import Cone
from domain.frozen import Frozen


class Workspace(Frozen):
    """Where one run's files are on this machine.

    `path` is what the agent sees at /workspace; `clone` is our bare repository; `scratch` holds our
    index, clean checkouts and all else that the agent must not see; `ref` keeps the base's objects.
    `cone` is the part of a large repository that is on disk, in clean checkouts too; None means all of it.
    """

    case: Case
    path: Path
    clone: Path
    scratch: Path
    ref: str
    cone: Cone | None = None


class Overlay(Frozen):
    """Paths of a checkout that come from another tree; a path that tree lacks is removed."""

    tree: str
    paths: tuple[str, ...]


class Graft(Frozen):
    """A tree of two: where they differ, the paths of an area are as in the other one, `taken` names them.

    `left` are the differences outside the area.
    """

    tree: str
    taken: tuple[str, ...]
    left: tuple[str, ...]


class Commit(Frozen):
    """A commit's sha and its whole message."""

    sha: str
    message: str


class Branch(Frozen):
    """A branch on the forge: its head, and its commits that the case's base does not have, newest first.

    `tree` is the head's tree; `current` says whether the case's base is an ancestor of the head.
    """

    head: str
    tree: str
    commits: tuple[Commit, ...]
    current: bool
