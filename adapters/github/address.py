"""Paths of GitHub's REST API; names from outside are checked before they become part of one."""

import re

from domain.errors import UsageError

_REPO = re.compile(r"(?!\.{1,2}/)[\w.-]+/(?!\.{1,2}\Z)[\w.-]+", re.ASCII)


def address(repo: str, *parts: str | int) -> str:
    """`repos/owner/name/...`. Raises `UsageError` if `repo` is no such name."""
    if not _REPO.fullmatch(repo):
        raise UsageError(f"{repo[:100]!r} is not a repository", "write it as owner/name")
    return "/".join(["repos", repo, *map(str, parts)])


def owner_of(repo: str) -> str:
    """The part before the slash."""
    return repo.split("/", 1)[0]
