"""The commands that install what Node.js packages need."""

import json
import re
import shlex
from importlib import resources
from typing import Any

from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.projects import Project, projects_with
from adapters.sandbox.dependencies.step import Step

_KINDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "workspaces")
_QUIET = "--no-audit --no-fund --no-progress --loglevel=error"
_LOCKFILE = re.compile(r"lockfileVersion:\s*'?(\d+)")
# The oldest pnpm that writes a lock file's version (pnpm's changelog).
_PNPM_OF_LOCK = {"5": "7", "6": "8", "9": "9"}


def node_steps(manifests: tuple[Manifest, ...], *, scripts: bool = True) -> tuple[Step, ...]:
    """One step a project by the lock file that is there; none if its package.json names no dependency.

    The packages of a workspace are installed by its root. Without `scripts`, no code of a package runs.
    """
    steps: list[Step] = []
    for project in _projects(manifests):
        steps += (step.within(project.folder) for step in _of_project(project, scripts=scripts))
    return tuple(steps)


def _projects(manifests: tuple[Manifest, ...]) -> tuple[Project, ...]:
    """The root; those in folders too, if the root is not their workspace."""
    projects = projects_with(manifests, "package.json")
    if len(projects) != 1 or projects[0].folder or _is_workspace(projects[0]):
        return projects
    inner = tuple(manifest for manifest in manifests if "/" in manifest.path)
    return (*projects, *projects_with(inner, "package.json"))


def _is_workspace(project: Project) -> bool:
    return project.has("pnpm-workspace.yaml") or bool(_package(project).get("workspaces"))


def _of_project(project: Project, *, scripts: bool) -> tuple[Step, ...]:
    package = _package(project)
    if not any(package.get(kind) for kind in _KINDS) and not _is_workspace(project):
        return ()
    quiet = _QUIET if scripts else f"{_QUIET} --ignore-scripts"
    plain = f"npm install {quiet} --no-package-lock"
    fallback = (plain, f"node -e {shlex.quote(_without_lost())} && {plain}")
    if project.has("package-lock.json", "npm-shrinkwrap.json"):
        return (Step(command=f"npm ci {quiet}", otherwise=(f"npm install {quiet}", *fallback[1:])),)
    if project.has("pnpm-lock.yaml", "pnpm-workspace.yaml"):
        return _pnpm(project, fallback, "" if scripts else " --ignore-scripts --ignore-pnpmfile")
    if project.has("yarn.lock"):
        return _yarn(project, fallback, scripts=scripts)
    return (Step(command=plain, otherwise=fallback[1:]),)


def _without_lost() -> str:
    """A program that takes development dependencies which can't be had out of package.json."""
    return resources.files("adapters.sandbox.dependencies").joinpath("without_lost.cjs").read_text(encoding="utf-8")


def _pnpm(project: Project, fallback: tuple[str, ...], flags: str) -> tuple[Step, ...]:
    found = _LOCKFILE.search(project.text("pnpm-lock.yaml"))
    version = _manager(project, "pnpm") or _PNPM_OF_LOCK.get(found[1] if found else "", "9")
    frozen = "--frozen-lockfile" if project.has("pnpm-lock.yaml") else "--no-frozen-lockfile"
    install = f"pnpm install {frozen} --store-dir /tmp/pnpm{flags}"
    return (_provide("pnpm", f"pnpm@{version}"), Step(command=install, otherwise=fallback))


def _yarn(project: Project, fallback: tuple[str, ...], *, scripts: bool) -> tuple[Step, ...]:
    """Yarn's later versions are told to make a node_modules folder: only such a folder is kept."""
    version = _manager(project, "yarn")
    if "__metadata:" in project.text("yarn.lock"):
        provide = _provide("yarn", f"@yarnpkg/cli-dist@{version or '4'}")
        settings = "YARN_NODE_LINKER=node-modules YARN_ENABLE_TELEMETRY=0"
        settings += "" if scripts else " YARN_ENABLE_SCRIPTS=false YARN_IGNORE_PATH=1"
        return (provide, Step(command=f"{settings} yarn install --immutable", otherwise=fallback))
    command = "yarn install --frozen-lockfile --non-interactive" + ("" if scripts else " --ignore-scripts")
    return (_provide("yarn", f"yarn@{version or '1'}"), Step(command=command, otherwise=fallback))


def _provide(program: str, package: str) -> Step:
    """The package manager itself, where the machine has none; tests may start it too."""
    install = f'npm install --global --prefix "$CLAUDE_CLUSTER_ENV" {_QUIET} {package}'
    return Step(command=f"command -v {program} >/dev/null || {install}", required=False)


def _manager(project: Project, name: str) -> str:
    """The version in package.json's `packageManager` (nodejs.org, Corepack)."""
    found = re.match(rf"{name}@(\d[\w.-]*)", str(_package(project).get("packageManager", "")))
    return found[1] if found else ""


def _package(project: Project) -> dict[str, Any]:
    try:
        found = json.loads(project.text("package.json") or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
