"""The workspace ports over plain folders: real files, a real shell, real git, no sandbox."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

from domain.case import Case
from domain.change import Change, FileChange
from domain.command import CommandResult
from domain.errors import BadWork
from domain.workspace import Workspace


class FolderFiles:
    """Real files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _at(self, path: str) -> Path:
        found = (self.root / path).resolve()
        if not found.is_relative_to(self.root.resolve()):
            raise BadWork(f"{path} is outside the workspace")
        return found

    def read(self, path: str, largest: int | None = None) -> bytes:
        """The bytes."""
        if largest is not None and self._at(path).stat().st_size > largest:
            raise BadWork(f"{path} is too large")
        return self._at(path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Write them."""
        self._at(path).parent.mkdir(parents=True, exist_ok=True)
        self._at(path).write_bytes(data)

    def listing(self, path: str) -> tuple[str, ...]:
        """Two levels, without hidden names."""
        top = self._at(path)
        found = [*top.glob("*"), *top.glob("*/*")]
        names = (str(one.relative_to(top)) + ("/" if one.is_dir() else "") for one in found)
        return tuple(sorted(name for name in names if not any(part.startswith(".") for part in name.split("/"))))

    def kind(self, path: str) -> str:
        """What stands there."""
        at = self._at(path)
        return "folder" if at.is_dir() else "file" if at.is_file() else "missing"


class FolderShell:
    """A real bash a command, in the workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands: list[str] = []
        self.began = asyncio.Event()

    async def run(self, command: str, timeout_s: float) -> CommandResult:
        """Run it; on time-out its process group is killed."""
        self.commands.append(command)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", command, cwd=self.root, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.began.set()
        try:
            output, _ = await asyncio.wait_for(process.communicate(), timeout_s)
        except (TimeoutError, asyncio.CancelledError) as ended:
            os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()
            if isinstance(ended, asyncio.CancelledError):
                raise
            return CommandResult(exit_code=None, output="", seconds=time.monotonic() - began, timed_out=True)
        text = output.decode("utf-8", "replace")
        return CommandResult(exit_code=process.returncode, output=text, seconds=time.monotonic() - began)

    async def restart(self) -> None:
        """Each command has a shell of its own already."""
        self.commands.append("(restart)")

    async def close(self) -> None:
        """Nothing is left over."""


class FolderWorkspaces:
    """Snapshots by real git, in a git directory outside the workspace."""

    def __init__(self, root: Path, git_dir: Path) -> None:
        self.root, self.git_dir = root, git_dir
        self.snapshots = 0
        self._git("init", "-q", "--bare", str(git_dir))
        self.base = self._tree()

    def _git(self, *args: str) -> str:
        own = () if args[0] == "init" else (f"--git-dir={self.git_dir}", f"--work-tree={self.root}")
        plain = ("-c", "core.bare=false", "-c", "core.autocrlf=false")
        return subprocess.run(["git", *plain, *own, *args], check=True, capture_output=True, text=True).stdout

    def _tree(self) -> str:
        self._git("add", "-A", ".")
        return self._git("write-tree").strip()

    async def prepare(self, case: Case) -> Workspace:
        """Not the loop's business."""
        raise AssertionError("the loop prepares nothing")

    async def snapshot(self, workspace: Workspace) -> Change:
        """The difference of now to the base; a folder named `nested` can't be taken."""
        self.snapshots += 1
        if (self.root / "nested").exists():
            raise BadWork("nested is a repository")
        tree = self._tree()
        words = {"A": "added", "M": "modified", "D": "deleted"}
        rows = [row.split("\t") for row in self._git("diff", "--name-status", self.base, tree).splitlines()]
        files = tuple(FileChange(path=path, status=words[letter]) for letter, path in rows)  # type: ignore[arg-type]
        return Change(base_sha="0" * 40, tree=tree, diff=self._git("diff", self.base, tree), files=files)

    async def restore(self, workspace: Workspace, tree: str) -> None:
        """Set the files to a tree."""
        self._git("read-tree", "--reset", "-u", tree)
        self._git("clean", "-fdq")

    async def checkout(self, workspace: Workspace, tree: str, name: str) -> Path:
        """Not the loop's business."""
        raise AssertionError("the loop checks nothing out")

    async def discard(self, workspace: Workspace) -> None:
        """Not the loop's business."""
        raise AssertionError("the loop discards nothing")
