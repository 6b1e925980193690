"""What a Python project's manifests say of it."""

import configparser
import re
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.poetry_versions import requirement
from adapters.sandbox.dependencies.toml_tables import read_toml, strings, table
from domain.frozen import Frozen

_TEST_GROUPS = ("test", "tests", "testing", "dev", "develop", "development")
_BUILDS = re.compile(r"ext_modules|cffi_modules|cythonize|rust_extensions|cmdclass|setup_requires|CMakeExtension")
_NATIVE_BACKENDS = re.compile(r"maturin|scikit_build_core|mesonpy|setuptools_rust|Cython|cython|enscons|sipbuild")
_NAME = re.compile(r"""^\s*name\s*=\s*["']?([\w.-]+)""", re.MULTILINE)


class EntryPoint(Frozen):
    """One entry point: its group (`console_scripts`, `pytest11`), name and `module:object`."""

    group: str
    name: str
    value: str


class PythonProject(Frozen):
    """A project that can be installed. `optional` are requirements that only tests or development need.

    `builds` says that installing compiles something or that what it needs is only known by running code.
    `unbuilt` is all that it needs where it is not built itself; None where only building it tells.
    """

    name: str = ""
    version: str = "0"
    dependencies: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    entry_points: tuple[EntryPoint, ...] = ()
    builds: bool = False
    unbuilt: tuple[str, ...] | None = ()


def python_project(manifests: Iterable[Manifest]) -> PythonProject | None:
    """The project of pyproject.toml, setup.cfg or setup.py; None if nothing can be installed."""
    texts = {manifest.path: manifest.text for manifest in manifests}
    declared = read_toml(texts.get("pyproject.toml", ""))
    setup = texts.get("setup.py", "") + texts.get("setup.cfg", "")
    if isinstance(declared.get("project"), dict):
        return _standard(declared, setup)
    if isinstance(table(declared, "tool", "poetry").get("name"), str):
        return _poetry(table(declared, "tool", "poetry"))
    if setup:
        return _setuptools(texts.get("setup.py", ""), texts.get("setup.cfg", ""))
    return PythonProject(optional=groups) if (groups := _groups(declared)) else None


def _standard(declared: Mapping[str, Any], setup: str) -> PythonProject:
    project = table(declared, "project")
    backend = str(table(declared, "build-system").get("build-backend", ""))
    dynamic = strings(project.get("dynamic"))
    groups = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}
    tables = {group: table(project, key) for group, key in groups.items()}
    tables |= {group: entries for group, entries in table(project, "entry-points").items() if isinstance(entries, dict)}
    extras = {name: value for name, value in table(project, "optional-dependencies").items() if name in _TEST_GROUPS}
    builds = bool("dependencies" in dynamic or _NATIVE_BACKENDS.search(backend) or _BUILDS.search(setup))
    alone = (*strings(project.get("dependencies")), *(line for value in extras.values() for line in strings(value)))
    return PythonProject(
        name=str(project.get("name", "")),
        version=str(project.get("version", "0")),
        dependencies=strings(project.get("dependencies")),
        extras=tuple(extras),
        optional=_groups(declared),
        entry_points=tuple(
            EntryPoint(group=group, name=name, value=value)
            for group, entries in tables.items()
            for name, value in entries.items()
            if isinstance(value, str)
        ),
        builds=builds,
        unbuilt=None if builds else alone,
    )


def _poetry(poetry: Mapping[str, Any]) -> PythonProject:
    wanted = {name: value for name, value in table(poetry, "dependencies").items() if name.lower() != "python"}
    groups = [table(poetry, "dev-dependencies")]
    groups += [table(poetry, "group", name, "dependencies") for name in _TEST_GROUPS]
    return PythonProject(
        name=str(poetry["name"]),
        version=str(poetry.get("version", "0")),
        extras=tuple(name for name in table(poetry, "extras") if name in _TEST_GROUPS),
        optional=tuple(requirement(name, value) for group in groups for name, value in group.items()),
        entry_points=tuple(
            EntryPoint(group="console_scripts", name=name, value=value)
            for name, value in table(poetry, "scripts").items()
            if isinstance(value, str)
        ),
        builds=bool(wanted) or "build" in poetry,
        unbuilt=None if "build" in poetry else tuple(map(requirement, wanted, wanted.values())),
    )


def _setuptools(script: str, settings: str) -> PythonProject:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(settings)
    except configparser.Error:
        return PythonProject(builds=True, unbuilt=None)
    if not script and not parser.has_section("metadata"):
        return PythonProject()
    unknown = "install_requires" in script or bool(_BUILDS.search(script))
    needs = parser.get("options", "install_requires", fallback="").strip()
    found = _NAME.search(parser.get("metadata", "name", fallback="") and settings) or _NAME.search(script)
    return PythonProject(
        name=found[1] if found else "",
        extras=tuple(n for n in _TEST_GROUPS if parser.has_option("options.extras_require", n)),
        builds=bool(needs or unknown or "entry_points" in script),
        unbuilt=None if unknown else tuple(filter(None, map(str.strip, needs.splitlines()))),
    )


def _groups(declared: Mapping[str, Any]) -> tuple[str, ...]:
    """The requirements of the dependency groups for tests (PEP 735), included groups resolved."""
    groups = table(declared, "dependency-groups")
    found: dict[str, None] = {}
    waiting, seen = [name for name in groups if name in _TEST_GROUPS], set[str]()
    while waiting:
        name = waiting.pop()
        entries = groups.get(name)
        if name in seen or not isinstance(entries, list):
            continue
        seen.add(name)
        found |= dict.fromkeys(entry for entry in entries if isinstance(entry, str))
        waiting += [
            str(entry["include-group"]) for entry in entries if isinstance(entry, dict) and "include-group" in entry
        ]
    return tuple(found)
