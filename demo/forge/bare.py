"""A bare repository on the forge's disk."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FIELDS = "%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B%x1e"
_CONFIG = """[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[http]
\treceivepack = true
"""


def git_environment() -> dict[str, str]:
    """The environment of every git process: nothing of the user's own settings."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


@dataclass(frozen=True)
class Signature:
    """Who and when; `date` is ISO 8601."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """One commit as git tells of it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


class Bare:
    """Git's plumbing on one bare repository. Raises `subprocess.CalledProcessError` where git refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, default_branch: str) -> None:
        """Make it, empty, with what a forge allows: partial clones, any sha, pushes over HTTP."""
        self.path.mkdir(parents=True)
        self.run("init", "-q", "--bare", f"--initial-branch={default_branch}")
        with (self.path / "config").open("a", encoding="utf-8") as config:
            config.write(_CONFIG)

    def run(self, *arguments: str, data: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git here and give what it printed, undecodable bytes replaced."""
        return self.run_bytes(*arguments, data=data, env=env).decode("utf-8", "replace")

    def run_bytes(self, *arguments: str, data: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """Run git here and give the bytes that it printed."""
        return subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments],
            input=data,
            capture_output=True,
            check=True,
            env=git_environment() | dict(env or {}),
        ).stdout

    def sha(self, revision: str) -> str | None:
        """The commit that a revision names; None if there is none."""
        try:
            return self.run("rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}").strip()
        except subprocess.CalledProcessError:
            return None

    def branch_sha(self, branch: str) -> str | None:
        """The commit at the tip of a branch; None if there is no such branch."""
        return self.sha(f"refs/heads/{branch}")

    def branches(self) -> dict[str, str]:
        """Every branch with the commit at its tip, by name."""
        listed = self.run("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads").splitlines()
        return dict(line.rsplit(" ", 1) for line in listed)

    def set_ref(self, ref: str, sha: str | None) -> None:
        """Point a full ref name at a commit; None deletes it."""
        self.run("update-ref", ref, sha) if sha else self.run("update-ref", "-d", ref)

    def commits(self, *revisions: str, limit: int = 250) -> tuple[Commit, ...]:
        """What `git log` gives for the revisions, newest first."""
        text = self.run("log", f"-n{limit}", f"--format={_FIELDS}", "--end-of-options", *revisions, "--")
        return tuple(_commit(record) for record in text.split("\x1e") if record.strip())

    def diff(self, base: str, head: str) -> str:
        """The unified diff from where head left base to head."""
        return self.run("diff", "--no-color", "--no-ext-diff", "--full-index", "-M", f"{base}...{head}", "--")

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether every commit of `older` is in `newer`."""
        try:
            self.run("merge-base", "--is-ancestor", older, newer)
        except subprocess.CalledProcessError:
            return False
        return True

    def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of a merge of the two; None if they conflict."""
        try:
            return self.run("merge-tree", "--write-tree", base, head).split("\n", 1)[0].strip()
        except subprocess.CalledProcessError:
            return None

    def commit_tree(self, tree: str, parents: tuple[str, ...], message: str, author: Signature) -> str:
        """Make a commit of a tree; author and committer are the same."""
        flags = [flag for parent in parents for flag in ("-p", parent)]
        env = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", author.name), ("EMAIL", author.email), ("DATE", author.date))
        }
        return self.run("commit-tree", *flags, tree, data=message.encode(), env=env).strip()

    def tree_with(self, parent: str | None, files: Mapping[str, str | None]) -> str:
        """The tree of a commit with some files written, or removed where the text is None."""
        index = self.path / f"index.{os.getpid()}"
        env = {"GIT_INDEX_FILE": str(index)}
        try:
            self.run("read-tree", *([parent] if parent else ["--empty"]), env=env)
            entries = "".join(f"{self._entry(text)}\t{path}\0" for path, text in files.items())
            self.run("update-index", "-z", "--index-info", data=entries.encode(), env=env)
            return self.run("write-tree", env=env).strip()
        finally:
            index.unlink(missing_ok=True)

    def _entry(self, text: str | None) -> str:
        if text is None:
            return f"0 {'0' * 40}"
        return f"100644 {self.run('hash-object', '-w', '--stdin', data=text.encode()).strip()}"


def _commit(record: str) -> Commit:
    sha, tree, parents, *people, message = record.strip("\n").split("\x1f")
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Signature(*people[:3]),
        committer=Signature(*people[3:]),
        message=message.rstrip("\n"),
    )
