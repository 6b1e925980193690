"""The exact versions that the lock files of Python's tools name, as constraints for pip."""

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.sandbox.dependencies.projects import Project

_TABLES = ("uv.lock", "poetry.lock", "pdm.lock")
# What a lock takes from elsewhere than an index (uv: `source`, poetry: `source.type`) has no version to ask for.
_ELSEWHERE = frozenset(("editable", "virtual", "directory", "path", "git", "url", "file"))


def locked_versions(project: Project) -> tuple[str, ...]:
    """`name==version` for each package of uv.lock, poetry.lock, pdm.lock or Pipfile.lock, sorted.

    A package with several versions (for several platforms or Pythons) is left to pip.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, version in _pairs(project):
        found[name].add(version)
    return tuple(sorted(f"{name}=={next(iter(all_of))}" for name, all_of in found.items() if len(all_of) == 1))


def _pairs(project: Project) -> Iterator[tuple[str, str]]:
    for lock in _TABLES:
        for package in _packages(project.text(lock)):
            name, version = package.get("name"), package.get("version")
            if isinstance(name, str) and isinstance(version, str) and not _is_elsewhere(package):
                yield name, version
    yield from _of_pipenv(project.text("Pipfile.lock"))


def _packages(text: str) -> list[Mapping[str, Any]]:
    try:
        packages = tomllib.loads(text).get("package", [])
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    return [package for package in packages if isinstance(package, dict)] if isinstance(packages, list) else []


def _is_elsewhere(package: Mapping[str, Any]) -> bool:
    source = package.get("source")
    kinds = {*source, source.get("type")} if isinstance(source, dict) else set()
    return bool(kinds & _ELSEWHERE)


def _of_pipenv(text: str) -> Iterator[tuple[str, str]]:
    try:
        lock = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        packages = lock.get(section) if isinstance(lock, dict) else None
        for name, package in packages.items() if isinstance(packages, dict) else ():
            version = package.get("version") if isinstance(package, dict) else None
            if isinstance(version, str) and version.startswith("=="):
                yield name, version.removeprefix("==")
