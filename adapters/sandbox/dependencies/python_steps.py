"""The pip commands that install what a Python repository needs."""

import re
import shlex
from collections.abc import Iterator

from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.python_project import PythonProject, python_project
from adapters.sandbox.dependencies.step import Step

_PIP = "python -m pip install --no-input --no-cache-dir --no-warn-script-location"
_TEST_FILES = re.compile(
    r"(?:requirements[-_.])?(?:tests?|testing|dev|develop|development)(?:[-_.]requirements)?\.txt"
    r"|requirements/(?:tests?|testing|dev|develop|development)\.txt"
)
_MAIN_FILES = ("requirements.txt", "requirements/base.txt", "requirements/main.txt")


def python_steps(manifests: tuple[Manifest, ...], *, editable: bool) -> tuple[Step, ...]:
    """Requirements first, then the project itself; empty where nothing must be installed.

    A project without dependencies that compiles nothing is not installed: its checkout is on the path
    anyway. `editable` is false where checkouts don't all appear at one path: then the project is installed
    for what it needs, and the checkout comes first on the path.
    """
    return (*_requirements(manifests), *_project(python_project(manifests), editable=editable))


def _requirements(manifests: tuple[Manifest, ...]) -> Iterator[Step]:
    paths = [manifest.path for manifest in manifests if manifest.text.strip()]
    main = next((path for path in _MAIN_FILES if path in paths), None)
    if main:
        yield Step(command=f"{_PIP} -r {main}")
    for path in paths:
        if _TEST_FILES.fullmatch(path):
            yield Step(command=f"{_PIP} -r {shlex.quote(path)}", required=False)


def _project(project: PythonProject | None, *, editable: bool) -> Iterator[Step]:
    """Where building fails (a build system that can't be had), what is declared is installed without the project."""
    if project is None:
        return
    needed = bool(project.dependencies) or project.builds
    if needed or project.extras:
        extras = f"[{','.join(project.extras)}]" if project.extras else ""
        alone = () if project.builds or not project.dependencies else (f"{_PIP} {shlex.join(project.dependencies)}",)
        command = f"{_PIP} {'-e ' if editable else ''}{shlex.quote(f'.{extras}')}"
        yield Step(command=command, otherwise=alone, required=needed)
    if project.optional:
        yield Step(command=f"{_PIP} {shlex.join(project.optional)}", required=False)
