"""A sparse checkout: the folders of a large repository that one case has on disk."""

from collections.abc import Iterable

from domain.frozen import Frozen


class Cone(Frozen):
    """These folders whole, the files directly in the folders above them, and the files at the top.

    The rule is git's own (sparse-checkout's "cone mode"). Folders are relative and POSIX, none inside another.
    """

    folders: tuple[str, ...]

    @property
    def above(self) -> frozenset[str]:
        """Folders of which only the files directly in them are here; the top is the empty name."""
        found = {""}
        for folder in self.folders:
            while (folder := folder.rpartition("/")[0]) not in found:
                found.add(folder)
        return frozenset(found)

    def held(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The files among `paths` that are inside, in their order."""
        whole, above = frozenset(self.folders), self.above
        known: dict[str, bool] = {}

        def holds(folder: str) -> bool:
            if folder not in known:
                known[folder] = folder in whole or (bool(folder) and _below(folder, whole))
            return known[folder]

        inside = (path for path in paths if (folder := path.rpartition("/")[0]) in above or holds(folder))
        return tuple(inside)


def _below(folder: str, whole: frozenset[str]) -> bool:
    while folder := folder.rpartition("/")[0]:
        if folder in whole:
            return True
    return False
