"""The projects of a repository: in a monorepo, manifests stand in folders."""

import posixpath
from collections.abc import Iterable, Sequence

from adapters.sandbox.dependencies.manifests import Manifest
from domain.frozen import Frozen


class Project(Frozen):
    """A folder (relative, empty is the root) with the manifests below it, their paths relative to it."""

    folder: str
    manifests: tuple[Manifest, ...]

    def text(self, name: str) -> str:
        """The text of one manifest; empty if it is not there."""
        return next((manifest.text for manifest in self.manifests if manifest.path == name), "")

    def has(self, *names: str) -> bool:
        """Whether one of these stands in the folder itself."""
        return any(manifest.path in names for manifest in self.manifests)


def project_in(manifests: Iterable[Manifest], folder: str) -> Project:
    """The project of one folder."""
    prefix = f"{folder}/" if folder else ""
    inner = [manifest for manifest in manifests if manifest.path.startswith(prefix)]
    return Project(
        folder=folder, manifests=tuple(one.model_copy(update={"path": one.path[len(prefix) :]}) for one in inner)
    )


def projects_with(manifests: Sequence[Manifest], *names: str) -> tuple[Project, ...]:
    """Those with one of these manifests that are not below another: the root alone if it has one."""
    found = {posixpath.dirname(manifest.path) for manifest in manifests if posixpath.basename(manifest.path) in names}
    kept: list[str] = []
    for folder in sorted(found):
        if not any(not above or folder.startswith(f"{above}/") for above in kept):
            kept.append(folder)
    return tuple(project_in(manifests, folder) for folder in kept)
