"""Whether our token may push: asked of the forge in git's own words, because scopes of a token can't be listed."""

import tempfile

from adapters.git.runner import Git
from domain.errors import PermissionDenied

_PROBE = "refs/heads/claude/probe"


class GitRights:
    """The port `Rights`."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def may_push(self, repo: str) -> bool:
        """A push that is only tried (`--dry-run`): the forge says whether it would take one, and takes nothing."""
        with tempfile.TemporaryDirectory(prefix="claude-cluster-") as folder:
            where = f"--git-dir={folder}"
            await self._git.run("init", "-q", "--bare", folder)
            tree = await self._git.text(where, "hash-object", "-t", "tree", "-w", "--stdin")
            who = {
                f"GIT_{role}_{part}": text
                for role in ("AUTHOR", "COMMITTER")
                for part, text in (("NAME", self._git.author_name), ("EMAIL", self._git.author_email))
            }
            sha = await self._git.text(where, "commit-tree", tree, "-m", "probe", variables=who)
            push = ("push", "-q", "--dry-run", "--force", "--no-verify", "--no-signed")
            try:
                await self._git.run(where, *push, self._git.url(repo), f"{sha}:{_PROBE}", online=repo)
            except PermissionDenied:
                return False
        return True
