"""The repositories of the replay: two neighbouring releases of a package, and the known fix between them.

Releases come through the package managers' own clients; nothing of them is in this repository. `replay.json`
names for each: the releases, the paths of the fix and of its tests, what a bad change does to them, and the
issue in our own words.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locate_sources import fetch, folder_name

from demo.forge.bare import git_environment

ROWS = Path(__file__).with_name("data") / "replay.json"
_MADE_BY_PUBLISHING = ("PKG-INFO", "*.egg-info", "node_modules", ".nyc_output")
_IGNORED = "__pycache__/\n*.egg-info/\n*.so\nbuild/\nnode_modules/\n.nyc_output/\ncoverage/\nhtmlcov/\n.coverage*\n"
_WHO = {"GIT_AUTHOR_NAME": "Replay", "GIT_AUTHOR_EMAIL": "replay@example.invalid"}
_COMMITTER = {"GIT_COMMITTER_NAME": "Replay", "GIT_COMMITTER_EMAIL": "replay@example.invalid"}


@dataclass(frozen=True)
class Swap:
    """The first `old` of a file becomes `new`; a file without `old` is deleted."""

    path: str
    old: str = ""
    new: str = ""

    def on(self, text: str) -> str | None:
        """The file's new text, None if there is none. Raises `ValueError` where `old` does not occur."""
        if self.old and self.old not in text:
            msg = f"{self.path} does not hold {self.old!r}"
            raise ValueError(msg)
        return text.replace(self.old, self.new, 1) if self.old else None


@dataclass(frozen=True)
class Row:
    """One known fix; paths are relative to the repository's root.

    `shared` are files that the base takes from after the fix, `written` files and `development` npm dependencies
    that the release lacks for running its tests. `rewrites`: the known fix takes tests of the base
    away, or skips an assertion.
    """

    name: str
    ecosystem: str
    form: str
    package: str
    before: str
    after: str
    title: str
    body: str
    fix: tuple[str, ...]
    tests: tuple[str, ...]
    weaken: tuple[Swap, ...]
    breaking: tuple[Swap, ...]
    shared: tuple[str, ...] = ()
    written: dict[str, str] = field(default_factory=dict)
    development: dict[str, str] = field(default_factory=dict)
    rewrites: bool = False


@dataclass(frozen=True)
class Source:
    """A row with its two releases on disk and the base as a git repository."""

    row: Row
    repository: Path
    fixed: Path

    def bundle(self) -> Path:
        """The base as a git bundle."""
        target = self.repository.with_suffix(".bundle")
        _git(self.repository, "bundle", "create", "-q", str(target), "main")
        return target

    def patch(self, paths: tuple[str, ...], swaps: tuple[Swap, ...] = ()) -> str:
        """The diff from the base to the fix in these paths, with swaps made on top."""
        for path in paths:
            _put(self.repository / path, (self.fixed / path).read_text("utf-8"))
        for swap in swaps:
            file = self.repository / swap.path
            _put(file, swap.on(file.read_text("utf-8")))
        _git(self.repository, "add", "-A")
        made = _git(self.repository, "diff", "--cached", "--binary", "HEAD")
        _git(self.repository, "reset", "-q", "--hard")
        return made


def rows() -> tuple[Row, ...]:
    """Every row of `replay.json`."""
    return tuple(map(_row, json.loads(ROWS.read_text("utf-8"))))


def _row(raw: dict[str, Any]) -> Row:
    for key in ("weaken", "break"):
        raw[key] = tuple(Swap(**one) for one in raw[key])
    for key in ("fix", "tests", "shared"):
        raw[key] = tuple(raw.get(key, ()))
    return Row(breaking=raw.pop("break"), **raw)


def prepare(row: Row, cache: Path) -> Source:
    """Fetch what the cache lacks, and make the base's repository anew.

    Raises:
        CalledProcessError, TimeoutExpired: a package manager does not give the release.
    """
    before, after = (_release(row, version, cache) for version in (row.before, row.after))
    repository = cache / f"{row.name}.git-tree"
    shutil.rmtree(repository, ignore_errors=True)
    shutil.copytree(before, repository, ignore=shutil.ignore_patterns(*_MADE_BY_PUBLISHING), symlinks=True)
    for path in row.shared:
        shutil.copyfile(after / path, repository / path)
    for path, text in row.written.items():
        _put(repository / path, text)
    if row.development:
        _develop(repository / "package.json", row.development)
    _put(repository / ".gitignore", _IGNORED)
    _git(repository, "init", "-q", "--initial-branch=main")
    _git(repository, "add", "-A", "-f")
    _git(repository, "commit", "-q", "-m", f"{row.package} {row.before}")
    return Source(row, repository, after)


def _release(row: Row, version: str, cache: Path) -> Path:
    source = f"{row.form} {row.package} {version}"
    target = cache / folder_name(source)
    if not target.exists():
        fetch(source, target)
    (top,) = target.iterdir()
    return top


def _develop(manifest: Path, packages: dict[str, str]) -> None:
    read = json.loads(manifest.read_text("utf-8"))
    read["devDependencies"] = read.get("devDependencies", {}) | packages
    manifest.write_text(json.dumps(read, indent=2) + "\n", "utf-8")


def _put(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8", newline="")


def _git(folder: Path, *arguments: str) -> str:
    env = git_environment() | _WHO | _COMMITTER
    done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, check=True)
    return done.stdout.decode("utf-8")
