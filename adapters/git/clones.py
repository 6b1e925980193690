"""Bare, blob-less clones: one a repository, shared by all runs of this machine under a file lock."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from filelock import AsyncFileLock

from adapters.git.runner import Git, clone_folder
from domain.case import Case
from domain.errors import ClusterError, GitFailed, NotFound

_REMOTE = "origin"
# Stands above every .gitattributes: files are taken as the bytes they are, and no filter ever runs.
ATTRIBUTES = "* -text -eol -ident -filter -working-tree-encoding\n"


class Clones:
    """The clones below one state folder."""

    def __init__(self, git: Git, home: Path) -> None:
        self._git = git
        self._home = home

    def folder(self, case: Case) -> Path:
        """Where the clone of the case's repository is."""
        return clone_folder(self._home, self._git.server_url, case.repository.id)

    @asynccontextmanager
    async def locked(self, case: Case) -> AsyncIterator[Path]:
        """The clone, ours alone; fetches and ref changes happen only inside."""
        folder = self.folder(case)
        folder.parent.mkdir(parents=True, exist_ok=True)
        async with AsyncFileLock(folder.with_suffix(".lock"), timeout=900):
            _unlock(folder)
            yield folder

    async def bring(self, case: Case, ref: str) -> Path:
        """Have the case's base in the clone, kept from garbage collection by `ref`.

        Raises:
            NotFound: the base commit is no longer on the forge.
        """
        async with self.locked(case) as folder:
            if not (folder / "HEAD").exists():
                await self._create(case, folder)
            (folder / "info").mkdir(exist_ok=True)
            (folder / "info" / "attributes").write_text(ATTRIBUTES)
            if not await self._has(folder, case.base_sha):
                await self._fetch_base(case, folder)
            await self._git.run(f"--git-dir={folder}", "update-ref", ref, case.base_sha)
        return folder

    async def fetch(
        self, case: Case, folder: Path, source: str, *, target: str = "", objects: Path | None = None
    ) -> None:
        """Fetch one ref or commit, without files while the clone is partial; `objects` takes the new objects."""
        refspec = f"+{source}:{target}" if target else source
        await self._git.run(
            f"--git-dir={folder}",
            *("fetch", "-q", "--no-tags", "--no-write-fetch-head", _REMOTE, refspec),
            variables=object_variables(folder, objects) if objects else {},
            online=case.repository.name,
        )

    async def complete(self, case: Case, folder: Path) -> None:
        """Make the partial clone a whole one: some servers leave files out and then give out none of them singly."""
        with suppress(GitFailed):  # a run beside this one has done it
            await self._git.run(f"--git-dir={folder}", "config", "--unset-all", f"remote.{_REMOTE}.partialclonefilter")
        refspec = f"+refs/heads/{case.base}:refs/remotes/{_REMOTE}/{case.base}"
        await self._git.run(
            *(
                f"--git-dir={folder}",
                "fetch",
                "-q",
                "--no-tags",
                "--no-write-fetch-head",
                "--refetch",
                _REMOTE,
                refspec,
            ),
            online=case.repository.name,
        )

    async def _create(self, case: Case, folder: Path) -> None:
        fresh = folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        await self._git.run("init", "-q", "--bare", str(fresh))
        for name, value in (
            (f"remote.{_REMOTE}.url", self._git.url(case.repository.name)),
            (f"remote.{_REMOTE}.promisor", "true"),
            (f"remote.{_REMOTE}.partialclonefilter", "blob:none"),
            ("core.repositoryformatversion", "1"),
            ("extensions.partialClone", _REMOTE),
        ):
            await self._git.run(f"--git-dir={fresh}", "config", name, value)
        await self.fetch(case, fresh, f"refs/heads/{case.base}", target=f"refs/remotes/{_REMOTE}/{case.base}")
        fresh.rename(folder)

    async def _fetch_base(self, case: Case, folder: Path) -> None:
        url = self._git.url(case.repository.name)
        await self._git.run(f"--git-dir={folder}", "config", f"remote.{_REMOTE}.url", url)
        try:
            await self.fetch(case, folder, case.base_sha)
        except (GitFailed, NotFound):
            # Servers without protocol v2 give out branches only.
            await self.fetch(case, folder, f"refs/heads/{case.base}", target=f"refs/remotes/{_REMOTE}/{case.base}")
        if not await self._has(folder, case.base_sha):
            raise NotFound(f"the base commit {case.base_sha[:12]} is no longer on {case.repository.name}")

    async def _has(self, folder: Path, sha: str) -> bool:
        try:
            # Without this variable git would go and fetch what it lacks.
            offline = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
            await self._git.run(f"--git-dir={folder}", "cat-file", "-e", f"{sha}^{{commit}}", variables=offline)
        except ClusterError:
            return False
        return True


def object_variables(clone: Path, objects: Path) -> dict[str, str]:
    """Environment that makes git write objects to a run's own store and read the clone's as well."""
    return {
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(clone / "objects"),
    }


def _unlock(clone: Path) -> None:
    """What a git that was killed has locked: only who holds the clone changes refs and configuration."""
    for stale in (*clone.glob("*.lock"), *clone.glob("refs/**/*.lock")):
        stale.unlink(missing_ok=True)
