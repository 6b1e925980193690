"""A repository's files as its projects see them: a monorepo holds several, each in a folder of its own."""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.manifest_names import ASIDE

Read = Callable[[str], bytes | None]


@dataclass(frozen=True)
class ProjectTree:
    """Files (relative to `folder`, POSIX) and how their bytes are read, by paths relative to `folder` too."""

    files: Sequence[str]
    read: Read
    folder: str = ""

    def below(self, folder: str, without: Sequence[str] = ()) -> "ProjectTree":
        """The same for a folder below; files in the folders `without` are left out."""
        prefix = f"{folder}/"
        others = tuple(f"{other}/" for other in without if other.startswith(prefix))
        files = [path[len(prefix) :] for path in self.files if path.startswith(prefix) and not path.startswith(others)]
        return ProjectTree(files, lambda path: self.read(prefix + path), folder)

    def holding(self, *names: str) -> tuple[str, ...]:
        """Folders below the root that hold one of these files, sorted; samples and scaffolds are left out."""
        found = {posixpath.dirname(path) for path in self.files if posixpath.basename(path) in names}
        return tuple(sorted(folder for folder in found if folder and not ASIDE.intersection(folder.split("/"))))


def topmost(folders: Sequence[str]) -> tuple[str, ...]:
    """Those that are not below another of them; `folders` are sorted."""
    kept: list[str] = []
    for folder in folders:
        if not any(folder.startswith(f"{above}/") for above in kept):
            kept.append(folder)
    return tuple(kept)
