"""Which of a repository's projects are Python's, and which of them are one workspace."""

import re
from collections.abc import Sequence
from typing import Any

import pathspec

from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.projects import Project, project_in, projects_with
from adapters.sandbox.dependencies.toml_tables import read_toml

_NAMES = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile")
_IN_ROOT = re.compile(r"[\w.-]*requirements[\w.-]*\.txt|requirements/[\w.-]+\.txt|tox\.ini|noxfile\.py|hatch\.toml")


def python_projects(manifests: tuple[Manifest, ...]) -> tuple[Project, ...]:
    """The root, and the members of its workspace (uv); the topmost ones in folders where the root is no project."""
    root = project_in(manifests, "")
    inner = tuple(manifest for manifest in manifests if "/" in manifest.path)
    below = projects_with(inner, *_NAMES)
    globs, left_out = _workspace(root, "members"), _workspace(root, "exclude")
    if globs:
        members, excluded = (pathspec.GitIgnoreSpec.from_lines(f"/{one}" for one in each) for each in (globs, left_out))
        below = tuple(
            project_in(manifests, folder)
            for folder in sorted(one.path.rpartition("/")[0] for one in inner if one.path.endswith("/pyproject.toml"))
            if members.match_file(folder) and not excluded.match_file(folder)
        )
        return (root, *below)
    if _is_project(root):
        return (root,)
    has_some = any(_IN_ROOT.fullmatch(manifest.path) or manifest.path in _NAMES for manifest in manifests)
    return (*((root,) if has_some else ()), *below)


def is_workspace(projects: Sequence[Project]) -> bool:
    """Whether the first is the root of a workspace of the others."""
    return bool(projects) and bool(_workspace(projects[0], "members"))


def _is_project(root: Project) -> bool:
    if root.has("setup.py", "requirements.txt", "Pipfile"):
        return True
    declared = read_toml(root.text("pyproject.toml"))
    return "project" in declared or "poetry" in declared.get("tool", {}) or "[metadata]" in root.text("setup.cfg")


def _workspace(root: Project, key: str) -> tuple[str, ...]:
    found: Any = read_toml(root.text("pyproject.toml"))
    for name in ("tool", "uv", "workspace", key):
        found = found.get(name) if isinstance(found, dict) else None
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
