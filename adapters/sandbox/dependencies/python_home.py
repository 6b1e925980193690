"""Lays a Python environment out: links to the interpreter, pytest and pip at hand, the checkout on the path."""

import importlib.util
import shutil
import sys
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from adapters.sandbox.dependencies.projects import Project
from adapters.sandbox.dependencies.python_project import PythonProject, python_project
from adapters.sandbox.dependencies.python_projects import is_workspace
from domain.frozen import Frozen

_PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
_OURS = "claude-cluster"
# Where checkouts have no common path, the current folder stands for it; its src must win over what is installed.
_FOLLOW = (
    "import os, sys; sys.path[:0] = [p for p in [os.path.join(os.getcwd(), 'src')] if os.path.isdir(p)]; "
    "sys.path.append(os.getcwd())"
)


class _Bare(venv.EnvBuilder):
    """Without activation scripts: they would name the folder where it was made."""

    def setup_scripts(self, context: object) -> None:
        """Make none."""


class PythonHome(Frozen):
    """The empty `folder` to fill, which commands see as `shown`, for these projects of the checkout."""

    folder: Path
    shown: str
    projects: tuple[Project, ...] = ()

    def lay_out(self, *, pip: bool, fixed: bool) -> None:
        """Fill the folder. Nothing is downloaded; it takes milliseconds.

        Our pytest and pip come behind whatever gets installed, so the repository's own win. `fixed` says that
        every checkout appears at /workspace.
        """
        _Bare(symlinks=True, with_pip=False).create(self.folder)
        packages = self.folder / f"lib/python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        for name in (*_PYTEST, *(("pip",) if pip else ())):
            _copy(name, self.folder / _OURS / "tools")
        paths = [f"{self.shown}/{_OURS}/tools"]
        together = is_workspace(self.projects)
        described = [found for project in self.projects if (found := python_project(project.manifests)) and found.name]
        if described and (together or not pip):
            for each in described:
                _describe(each, self.folder, self.shown)
            paths.append(f"{self.shown}/{_OURS}/project")
        lines = [*paths, *(self._checkout() if fixed else (_FOLLOW,))]
        (packages / f"{_OURS}.pth").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _checkout(self) -> list[str]:
        """The root and its `src`, and the same of every project in a folder."""
        folders = ["/workspace", *(f"/workspace/{project.folder}" for project in self.projects if project.folder)]
        return [path for folder in folders for path in (folder, f"{folder}/src") if "\n" not in path]


def _copy(name: str, target: Path) -> None:
    """Copy a distribution of ours, compiled files too where they are still valid (they go by time and size)."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    for source in _files(found):
        relative = source.relative_to(Path(str(found.locate_file(""))))
        for path in (source, Path(importlib.util.cache_from_source(str(source)))):
            if path.is_file():
                place = target / relative.parent / path.relative_to(source.parent)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)


def _files(found: Distribution) -> list[Path]:
    return [
        Path(str(file.locate()))
        for file in found.files or ()
        if ".." not in file.parts and "__pycache__" not in file.parts
    ]


def _describe(project: PythonProject, folder: Path, shown: str) -> None:
    """Metadata and commands of a project that is not installed, for code that asks for its own version."""
    stem = f"{project.name.replace('-', '_')}-{project.version}"
    place = folder / _OURS / "project" / f"{Path(stem).name}.dist-info"
    place.mkdir(parents=True, exist_ok=True)
    metadata = f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {project.version}\n"
    (place / "METADATA").write_text(metadata, encoding="utf-8")
    groups: dict[str, list[str]] = {}
    for point in project.entry_points:
        groups.setdefault(point.group, []).append(f"{point.name} = {point.value}\n")
        if point.group == "console_scripts" and point.name == Path(point.name).name:
            _command(folder / "bin" / point.name, shown, point.value)
    text = "".join(f"[{group}]\n{''.join(lines)}\n" for group, lines in groups.items())
    (place / "entry_points.txt").write_text(text, encoding="utf-8")


def _command(path: Path, shown: str, value: str) -> None:
    module, _, attribute = value.partition(":")
    if path.exists() or path.is_symlink():
        return
    start = f"from importlib import import_module\nmain = import_module({module.strip()!r})\n"
    walk = f"for name in {attribute.strip().split('.')!r}:\n    main = getattr(main, name)\n"
    path.write_text(f"#!{shown}/bin/python\nimport sys\n{start}{walk}sys.exit(main())\n", encoding="utf-8")
    path.chmod(0o755)
