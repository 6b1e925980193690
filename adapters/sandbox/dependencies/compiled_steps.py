"""The commands that fetch what Go modules, Rust crates and Maven projects need."""

import shutil
from collections.abc import Iterator

from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.projects import projects_with
from adapters.sandbox.dependencies.step import Step
from adapters.sandbox.toolchains import CARGO_FOLDER, GO_FOLDER, MAVEN_FOLDER

_GO = f'GOPROXY="${{GOPROXY:-}}" GOMODCACHE="$CLAUDE_CLUSTER_ENV/{GO_FOLDER}" GOFLAGS=-modcacherw go mod download'
_CARGO = f'CARGO_HOME="$CLAUDE_CLUSTER_ENV/{CARGO_FOLDER}" CARGO_NET_OFFLINE=false cargo fetch'
_MAVEN = f'mvn -B -Dmaven.repo.local="$CLAUDE_CLUSTER_ENV/{MAVEN_FOLDER}"'
# Surefire looks for what runs the tests only when it runs them. It does here too, for one second.
_ALL_OF_MAVEN = f"{_MAVEN} -Dmaven.test.failure.ignore=true -Dsurefire.timeout=1 test"


def compiled_steps(manifests: tuple[Manifest, ...]) -> tuple[Step, ...]:
    """Only for what is on this machine and needs something; fetching runs no code of a package but Maven's plugins."""
    return (*_go(manifests), *_cargo(manifests), *_maven(manifests))


def _go(manifests: tuple[Manifest, ...]) -> Iterator[Step]:
    if shutil.which("go"):
        folders = (manifest.path.removesuffix("go.sum").rstrip("/") for manifest in manifests if _is_sum(manifest))
        yield from (Step(command=_GO).within(folder) for folder in folders)


def _is_sum(manifest: Manifest) -> bool:
    return manifest.path == "go.sum" or manifest.path.endswith("/go.sum")


def _cargo(manifests: tuple[Manifest, ...]) -> Iterator[Step]:
    if not shutil.which("cargo"):
        return
    for project in projects_with(manifests, "Cargo.toml"):
        if any("dependencies" in one.text for one in project.manifests if one.path.endswith("Cargo.toml")):
            locked = f"{_CARGO} --locked"
            step = Step(command=locked, otherwise=(_CARGO,)) if project.has("Cargo.lock") else Step(command=_CARGO)
            yield step.within(project.folder)


def _maven(manifests: tuple[Manifest, ...]) -> Iterator[Step]:
    if shutil.which("mvn"):
        for project in projects_with(manifests, "pom.xml"):
            command = Step(command=_ALL_OF_MAVEN, otherwise=(f"{_MAVEN} dependency:go-offline",))
            yield command.within(project.folder)
