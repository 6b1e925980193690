"""What manifests ask for, told from their text alone."""

from pathlib import Path

import pytest

from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.dependencies.manifests import Manifest, read_manifests
from adapters.sandbox.dependencies.node_steps import node_steps
from adapters.sandbox.dependencies.projects import projects_with
from adapters.sandbox.environments import InstalledEnvironments
from domain.command import Place
from domain.errors import EnvironmentFailed

_PACKAGE = '{"dependencies": {"left": "1"}}'
_LOCKS = {
    "npm": ({"package-lock.json": "{}"}, ["npm ci"]),
    "none": ({}, ["npm install"]),
    "pnpm": (
        {"pnpm-lock.yaml": "lockfileVersion: '6.0'"},
        ["command -v pnpm >/dev/null || npm install --global pnpm@8", "pnpm install --frozen-lockfile"],
    ),
    "yarn 1": (
        {"yarn.lock": "# yarn lockfile v1"},
        ["command -v yarn >/dev/null || npm install --global yarn@1", "yarn install --frozen-lockfile"],
    ),
    "yarn 4": (
        {"yarn.lock": "__metadata:\n  version: 8\n"},
        ["command -v yarn >/dev/null || npm install --global @yarnpkg/cli-dist@4", "yarn install --immutable"],
    ),
}


def _manifests(files: dict[str, str]) -> tuple[Manifest, ...]:
    return tuple(Manifest(path=path, data=text.encode()) for path, text in sorted(files.items()))


@pytest.mark.parametrize("lock", _LOCKS)
def test_each_lock_has_its_manager(lock: str) -> None:
    """The lock file decides who installs, and no script runs where none may."""
    files, wanted = _LOCKS[lock]
    steps = node_steps(_manifests(files | {"package.json": _PACKAGE}))
    for step, words in zip(steps, wanted, strict=True):
        assert [word for word in words.split() if word not in step.command] == []
    install = node_steps(_manifests(files | {"package.json": _PACKAGE}), scripts=False)[-1]
    lines = (install.command, *install.otherwise)
    assert [line for line in lines if "--ignore-scripts" not in line and "YARN_ENABLE_SCRIPTS=false" not in line] == []


def test_packages_of_a_workspace_are_its_roots() -> None:
    """A workspace is installed once; packages without one are installed each by itself."""
    packages = {"a/package.json": _PACKAGE, "b/package.json": _PACKAGE}
    workspace = packages | {"package.json": '{"workspaces": ["*"]}'}
    assert [step.command.startswith("cd ") for step in node_steps(_manifests(workspace))] == [False]
    assert [step.command[:6] for step in node_steps(_manifests(packages))] == ["cd a &", "cd b &"]


def test_manifests_are_found_in_folders(tmp_path: Path) -> None:
    """Those of the repository's own code; not those of samples, of fixtures and of what is installed."""
    ours = ("Cargo.lock", "a/.cargo/config.toml", "a/Cargo.toml", "b/pom.xml", "b/requirements/dev.txt", "uv.lock")
    others = ("examples/x/package.json", "node_modules/y/package.json", "tests/z/Cargo.toml", "a/notes.txt")
    for name in (*ours, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = read_manifests(tmp_path)
    assert tuple(manifest.path for manifest in found) == ours
    assert [project.folder for project in projects_with(found, "Cargo.toml", "pom.xml")] == ["a", "b"]


async def test_planted_modules_open_no_other_folder(bubblewrap: Bubblewrap, tmp_path: Path) -> None:
    """Code that an installation runs may leave links where modules belong: they are not followed."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("k")
    checkout = tmp_path / "code"
    (checkout / "a").mkdir(parents=True)
    (checkout / "a/package.json").write_text("{}")
    plant = f"mkdir -p /env/nested_modules/a && ln -s {secret} /env/nested_modules/a/node_modules"
    environment = await InstalledEnvironments(tmp_path / "environments", bubblewrap).environment(checkout, plant)
    done = await bubblewrap.run(Place(workspace=checkout, environment=environment), "find . -name key", 20, {})
    assert (done.exit_code, done.output) == (0, "")


async def test_a_setup_is_not_run_for_changed_manifests(bubblewrap: Bubblewrap, tmp_path: Path) -> None:
    """Neither is Maven, which runs what its manifest names."""
    environments = InstalledEnvironments(tmp_path / "environments", bubblewrap)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/pom.xml").write_text("<project/>")
    for setup in ("touch /env/ran", None):
        with pytest.raises(EnvironmentFailed, match="installed without scripts"):
            await environments.environment(tmp_path / "code", setup, scripts=False)
