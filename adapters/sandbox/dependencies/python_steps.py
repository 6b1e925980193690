"""The pip commands that install what a Python repository needs."""

import re
import shlex
from collections.abc import Iterator

from adapters.sandbox.dependencies.locks import locked_versions
from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.projects import Project
from adapters.sandbox.dependencies.python_project import PythonProject, python_project
from adapters.sandbox.dependencies.python_projects import is_workspace, python_projects
from adapters.sandbox.dependencies.python_tools import tool_requirements
from adapters.sandbox.dependencies.step import Step
from domain.errors import EnvironmentFailed

LOCKED = "claude-cluster/locked.txt"
_PIP = "python -m pip install --no-input --no-cache-dir --no-warn-script-location"
_CONSTRAINTS = f'-c "$CLAUDE_CLUSTER_ENV/{LOCKED}"'
_TEST_FILES = re.compile(
    r"(?:requirements[-_.])?(?:tests?|testing|dev|develop|development)(?:[-_.]requirements)?\.txt"
    r"|requirements/(?:tests?|testing|dev|develop|development)\.txt"
)
_MAIN_FILES = ("requirements.txt", "requirements/base.txt", "requirements/main.txt")
_DISTRIBUTION = re.compile(r"\s*([\w.-]+)")


def python_steps(manifests: tuple[Manifest, ...], *, editable: bool, scripts: bool = True) -> tuple[Step, ...]:
    """Requirements first, then each project itself; empty where nothing must be installed.

    A project without dependencies that compiles nothing is not installed: its checkout is on the path
    anyway, and so are the members of a workspace. `editable` is false where checkouts don't all appear at one
    path: then the project is installed for what it needs, and the checkout comes first on the path. Without
    `scripts`, nothing is built: only wheels are installed.

    Raises:
        EnvironmentFailed: without `scripts`, where only building tells what is needed.
    """
    projects = python_projects(manifests)
    together = is_workspace(projects)
    ours = {_plain(found.name) for project in projects if (found := python_project(project.manifests))}
    steps: list[Step] = []
    for project in projects:
        pip = _PIP if scripts else f"{_PIP} --only-binary :all:"
        own = [*_requirements(project, pip)]
        declared = python_project(project.manifests)
        if declared and (together or not scripts):
            own += _unbuilt(project, declared, pip, ours)
        elif declared:
            own += _project(declared, editable=editable)
        own += _of_tools(project, pip)
        steps += (_locked(step, project).within(project.folder) for step in own)
    return tuple(steps)


def locked_text(manifests: tuple[Manifest, ...]) -> str:
    """The constraints for pip: every exact version that the projects' locks name."""
    lines = (line for project in python_projects(manifests) for line in locked_versions(project))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _locked(step: Step, project: Project) -> Step:
    """With the locked versions; a lock that contradicts the manifest is left aside."""
    if not locked_versions(project):
        return step
    plain = (step.command, *step.otherwise)
    locked = [line.replace(_PIP, f"{_PIP} {_CONSTRAINTS}") for line in plain]
    return step.model_copy(update={"command": locked[0], "otherwise": (*locked[1:], *plain)})


def _requirements(project: Project, pip: str) -> Iterator[Step]:
    paths = [manifest.path for manifest in project.manifests if manifest.text.strip()]
    main = next((path for path in _MAIN_FILES if path in paths), None)
    if main:
        yield Step(command=f"{pip} -r {main}")
    for path in paths:
        if _TEST_FILES.fullmatch(path):
            yield Step(command=f"{pip} -r {shlex.quote(path)}", required=False)


def _project(project: PythonProject, *, editable: bool) -> Iterator[Step]:
    """Where building fails (a build system that can't be had), what is declared is installed without the project."""
    needed = bool(project.dependencies) or project.builds
    if needed or project.extras:
        extras = f"[{','.join(project.extras)}]" if project.extras else ""
        alone = () if not project.unbuilt else (f"{_PIP} {shlex.join(project.unbuilt)}",)
        command = f"{_PIP} {'-e ' if editable else ''}{shlex.quote(f'.{extras}')}"
        yield Step(command=command, otherwise=alone, required=needed)
    if project.optional:
        yield Step(command=f"{_PIP} {shlex.join(project.optional)}", required=False)


def _unbuilt(project: Project, declared: PythonProject, pip: str, ours: set[str]) -> Iterator[Step]:
    """What a project needs, without the project and without those beside it in the workspace."""
    if declared.unbuilt is None:
        where = project.folder or "the root"
        raise EnvironmentFailed(
            f"what the Python project in {where} needs is only known by building it",
            "say how to install it in `[tests] setup` of .claude-cluster.toml",
        )
    for lines, required in ((declared.unbuilt, True), (declared.optional, False)):
        wanted = [line for line in lines if _plain(line) not in ours]
        if wanted:
            yield Step(command=f"{pip} {shlex.join(wanted)}", required=required)


def _of_tools(project: Project, pip: str) -> Iterator[Step]:
    found = tool_requirements(project)
    files = {line.removeprefix("-r ") for line in found if line.startswith("-r ")}
    names = [line for line in found if not line.startswith("-r ")]
    for file in sorted(file for file in files if project.has(file) and not _TEST_FILES.fullmatch(file)):
        yield Step(command=f"{pip} -r {shlex.quote(file)}", required=False)
    if names:
        yield Step(command=f"{pip} {shlex.join(names)}", required=False)


def _plain(requirement: str) -> str:
    """A requirement's distribution, normalised (PEP 503)."""
    found = _DISTRIBUTION.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""
