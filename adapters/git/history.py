"""The repository's commits: reading the base, and writing the one branch that is ours."""

from adapters.git.clones import Clones
from adapters.git.runner import Git, split
from adapters.git.snapshots import objects_of, shown
from domain.errors import ClusterError
from domain.secrecy import hidden
from domain.workspace import Branch, Commit, Workspace

_REGULAR = (b"100644", b"100755")


class GitHistory:
    """The port `History` on the shared clone; what a run writes stays in the run's own object store."""

    def __init__(self, git: Git, clones: Clones) -> None:
        self._git = git
        self._clones = clones

    async def read(self, workspace: Workspace, path: str) -> bytes | None:
        """A regular file of the base commit; None if there is none by that name."""
        where = f"--git-dir={workspace.clone}"
        arguments = ("ls-tree", "-z", workspace.case.base_sha, "--", path)
        entry = await self._git.run(where, *arguments, variables={"GIT_LITERAL_PATHSPECS": "1"})
        if not entry.startswith(_REGULAR):
            return None
        blob = entry.split(b"\t")[0].split(b" ")[2].decode()
        return await self._git.run(where, "cat-file", "blob", blob, online=workspace.case.repository.name)

    async def files(self, workspace: Workspace) -> tuple[str, ...]:
        """Every path of the base commit, as git orders them; bytes that are not UTF-8 appear as escapes."""
        arguments = ("ls-tree", "-r", "-z", "--name-only", workspace.case.base_sha)
        listed = await self._git.run(f"--git-dir={workspace.clone}", *arguments)
        return tuple(shown(path) for path in split(listed))

    async def branch(self, workspace: Workspace, branch: str) -> Branch | None:
        """Our branch as it is on the forge now; None if it is not there."""
        case = workspace.case
        url = self._git.url(case.repository.name)
        listed = await self._git.run(
            "ls-remote", "--heads", url, f"refs/heads/{branch}", online=workspace.case.repository.name
        )
        if not listed.strip():
            return None
        head = listed.split()[0].decode()
        async with self._clones.locked(case) as folder:
            try:
                await self._clones.fetch(case, folder, head, objects=workspace.scratch / "objects")
            except ClusterError:
                await self._clones.fetch(case, folder, f"refs/heads/{branch}", objects=workspace.scratch / "objects")
        where = f"--git-dir={workspace.clone}"
        variables = objects_of(workspace)
        text = await self._git.text(
            where, "log", "-z", "--format=%H%n%B", f"{case.base_sha}..{head}", variables=variables
        )
        entries = [entry.partition("\n") for entry in text.split("\x00") if entry.strip()]
        commits = tuple(Commit(sha=sha.strip(), message=message.strip()) for sha, _, message in entries)
        merge_base = await self._merge_base(workspace, head)
        tree = await self._git.text(where, "rev-parse", f"{head}^{{tree}}", variables=variables)
        return Branch(head=head, tree=tree, commits=commits, current=merge_base == case.base_sha)

    async def commit(self, workspace: Workspace, tree: str, message: str, parents: tuple[str, ...]) -> str:
        """Make a commit of a snapshot, by the author of the settings; gives its sha."""
        author = {
            "GIT_AUTHOR_NAME": self._git.author_name,
            "GIT_AUTHOR_EMAIL": self._git.author_email,
            "GIT_COMMITTER_NAME": self._git.author_name,
            "GIT_COMMITTER_EMAIL": self._git.author_email,
        }
        parts = [part for parent in parents for part in ("-p", parent)]
        out = await self._git.run(
            *(f"--git-dir={workspace.clone}", "commit-tree", tree, *parts, "-F", "-"),
            variables=author | objects_of(workspace),
            stdin=hidden(message).encode("utf-8", "replace"),
        )
        return out.decode().strip()

    async def push(self, workspace: Workspace, sha: str, branch: str, expected: str | None) -> None:
        """Push `sha` to the branch if it still is at `expected`; None means that it must not exist."""
        await self._git.run(
            *(f"--git-dir={workspace.clone}", "push", "-q", "--no-verify", "--no-signed"),
            f"--force-with-lease=refs/heads/{branch}:{expected or ''}",
            self._git.url(workspace.case.repository.name),
            f"{sha}:refs/heads/{branch}",
            variables=objects_of(workspace),
            online=workspace.case.repository.name,
        )

    async def _merge_base(self, workspace: Workspace, head: str) -> str | None:
        arguments = ("merge-base", workspace.case.base_sha, head)
        try:
            return await self._git.text(f"--git-dir={workspace.clone}", *arguments, variables=objects_of(workspace))
        except ClusterError:
            return None
