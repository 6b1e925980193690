"""The guard on installation scripts, lock files, links, submodules and invisible characters, over real differences."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.change import Change
from domain.frozen import Frozen
from domain.issue import Issue
from domain.repository import RepositoryRules
from proof.guard import check
from proof.links_out import leads_out
from proof.watched_paths import is_protected

ISSUE = Issue(repo="a/b", number=1, title="Speed up the build", body="It is slow.")
_NPM = '"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz",\n'
_ELSEWHERE = '"resolved": "https://packages.evil.example/a/-/a-1.0.0.tgz",\n'
Edit = Callable[[Path], object]


def _files(**files: str) -> Edit:
    """Writes files; `__` stands for a slash and `_` for a dot in their names."""

    def edit(root: Path) -> None:
        for name, text in files.items():
            path = root / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return edit


def _submodule(root: Path) -> None:
    inner = root.parent / "inner"
    inner.mkdir()
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    for arguments in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run(["git", *arguments], cwd=inner, check=True)
    sha = subprocess.run(["git", "rev-parse", "HEAD"], cwd=inner, check=True, capture_output=True, text=True).stdout
    inner.rename(root / "inner")
    subprocess.run(["git", "update-index", "--add", "--cacheinfo", f"160000,{sha.strip()},inner"], cwd=root, check=True)


class Case(Frozen):
    """An edit, and the kinds and paths of what the guard says."""

    name: str
    edit: Edit
    said: tuple[tuple[str, str], ...]


CASES = (
    Case(
        name="a script on installation",
        edit=_files(package_json='{\n  "scripts": {\n    "postinstall": "node x.js"\n  }\n}\n'),
        said=(("manifest", "package.json"), ("install_script", "package.json")),
    ),
    Case(
        name="a script of another name",
        edit=_files(package_json='{\n  "scripts": {\n    "preview": "vite"\n  }\n}\n'),
        said=(("manifest", "package.json"),),
    ),
    Case(
        name="setup.py",
        edit=_files(setup_py="print(1)\n"),
        said=(("manifest", "setup.py"), ("install_script", "setup.py")),
    ),
    Case(
        name="a build system",
        edit=_files(pyproject_toml='[build-system]\nbuild-backend = "own"\nbackend-path = ["."]\n'),
        said=(("manifest", "pyproject.toml"), ("install_script", "pyproject.toml")),
    ),
    Case(
        name="a dependency",
        edit=_files(pyproject_toml='[project]\ndependencies = ["a"]\n'),
        said=(("manifest", "pyproject.toml"),),
    ),
    Case(name="a path file", edit=_files(a_pth="import os\n"), said=(("install_script", "a.pth"),)),
    Case(
        name="a lock file alone",
        edit=_files(uv_lock="version = 1\n"),
        said=(("manifest", "uv.lock"), ("lock", "uv.lock")),
    ),
    Case(
        name="a lock file with its manifest",
        edit=_files(web__package_json="{}\n", yarn_lock="a\n"),
        said=(("manifest", "web/package.json"), ("manifest", "yarn.lock")),
    ),
    Case(
        name="a lock file with another's manifest",
        edit=_files(Cargo_lock="a\n", go_mod="module a\n"),
        said=(("manifest", "Cargo.lock"), ("manifest", "go.mod"), ("lock", "Cargo.lock")),
    ),
    Case(
        name="the usual source",
        edit=_files(package_json="{}\n", yarn_lock=_NPM),
        said=(("manifest", "package.json"), ("manifest", "yarn.lock")),
    ),
    Case(
        name="a foreign source",
        edit=_files(package_json="{}\n", yarn_lock=_ELSEWHERE),
        said=(("manifest", "package.json"), ("manifest", "yarn.lock"), ("lock_source", "yarn.lock")),
    ),
    Case(name="a submodule", edit=_submodule, said=(("submodule", "inner"),)),
    Case(name="characters that turn text", edit=_files(a_py="x = 1  # \u202e } \u2066\n"), said=(("hidden", "a.py"),)),
    Case(name="Japanese, Arabic and joined emoji", edit=_files(a_md="日本語 العربية 👩‍💻\n"), said=()),
    Case(
        name="a link through a link",
        edit=lambda root: (root / "a").symlink_to("deep/link/../secret"),
        said=(("symlink", "a"),),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_person_should_see(case: Case, change: Callable[[Edit], Change]) -> None:
    """Each is asked about once, none of it blocks, and honest edits are not held up."""
    verdict = check(change(case.edit), RepositoryRules(), ISSUE)
    assert tuple((finding.kind, finding.path) for finding in verdict.findings) == case.said
    assert verdict.blocked is False


def test_a_foreign_source_is_named(change: Callable[[Edit], Change]) -> None:
    """The reader learns where the package would come from."""
    verdict = check(change(_files(package_json="{}\n", yarn_lock=_ELSEWHERE)), RepositoryRules(), ISSUE)
    assert verdict.findings[-1].text == (
        "`yarn.lock` takes a package from `packages.evil.example`, which nothing here did before: "
        "please approve this change"
    )


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [
        ("a", "b/c", False),
        ("x/y/a", "../../b", False),
        ("x/y/a", "../../../b", True),
        ("a", "/etc", True),
        ("a", "~/x", True),
        ("a", "C:\\x", True),
        ("a", "sub/.GIT/hooks", True),
        ("a", "x/../../b", True),
        ("a", "x/link/../b", True),
        ("a", None, True),
    ],
)
def test_links(path: str, target: str | None, *, out: bool) -> None:
    """What leaves, may leave through another link, or is unknown, leads out."""
    assert leads_out(path, target) is out


@pytest.mark.parametrize(
    "path",
    [".roo/rules.md", "sub/.Continue/config.yaml", ".gitea/workflows/a.yml", "codecov.yml", ".githooks/pre-commit"],
)
def test_protected(path: str) -> None:
    """Folders of agents, other forges' CI, its thresholds, and hooks."""
    assert is_protected(path, ()) is True
