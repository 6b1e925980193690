"""From the agent's files to a tree of ours, and from trees to the list of what changed."""

import os
from typing import Literal

from adapters.git.clones import object_variables
from adapters.git.filling import filled_with
from adapters.git.fingerprint import Seen
from adapters.git.runner import Git
from adapters.git.staging import Told, stage
from domain.change import Change, FileChange
from domain.errors import BadWork
from domain.ports import Sandbox
from domain.workspace import Workspace

_STATUS: dict[str, Literal["added", "modified", "deleted", "renamed", "typechanged"]] = {
    "A": "added",
    "M": "modified",
    "D": "deleted",
    "R": "renamed",
    "T": "typechanged",
}
_GITLINK = "160000"


async def take(git: Git, sandbox: Sandbox, workspace: Workspace, seen: Seen, doubtful: frozenset[str]) -> Change:
    """Stage the agent's files in the sandbox and compare the tree with the base.

    `doubtful` are files whose times may deceive git.

    Raises:
        BadWork: a repository inside the repository, a new submodule, or attributes that git can't obey.
    """
    for place in seen.nested:
        raise BadWork(f"{shown(place)} is a repository inside the repository", "remove it")
    told = Told(brought_in=await _brought_in(git, workspace, seen), doubtful=doubtful)
    tree = await stage(git, sandbox, workspace, told)
    change = await compare(git, workspace, tree)
    for file in change.files:
        if file.new_mode == _GITLINK and file.old_mode != _GITLINK:
            raise BadWork(f"{file.path} is a repository of its own (a submodule)", "add plain files instead")
    return change


async def _brought_in(git: Git, workspace: Workspace, seen: Seen) -> bytes:
    """Files outside the cone that are here all the same, as lines of an index: what they are now counts."""
    if workspace.cone is None:
        return b""
    outside = {os.fsencode(path) for path in set(seen.files).difference(workspace.cone.held(seen.files))}
    if not outside:
        return b""
    variables = objects_of(workspace)
    listing = ("ls-tree", "-r", "-z", "--full-tree", filled_with(workspace))
    entries = (await git.run(f"--git-dir={workspace.clone}", *listing, variables=variables)).split(b"\x00")
    return b"".join(entry + b"\x00" for entry in entries if entry.partition(b"\t")[2] in outside)


async def compare(git: Git, workspace: Workspace, tree: str) -> Change:
    """What a tree changes against the base: files with counts and modes, and the text of the difference."""
    base = workspace.case.base_sha
    where = f"--git-dir={workspace.clone}"
    variables = objects_of(workspace)
    options = ("diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
    raw = await git.run(where, *options, "-z", "--raw", base, tree, variables=variables)
    counts = await git.run(where, *options, "-z", "--numstat", base, tree, variables=variables)
    # Larger files are shown as binary: nobody reads a difference of megabytes.
    diff = await git.run("-c", "core.bigFileThreshold=2m", where, *options, "-p", base, tree, variables=variables)
    return Change(
        base_sha=base, tree=tree, diff=diff.decode("utf-8", "replace"), files=_files(_fields(raw), _numbers(counts))
    )


def objects_of(workspace: Workspace) -> dict[str, str]:
    """The run's own object store: nothing that an agent wrote reaches the shared clone."""
    return object_variables(workspace.clone, workspace.scratch / "objects")


def _fields(data: bytes) -> list[str]:
    return [shown(part.decode("utf-8", "surrogateescape")) for part in data.split(b"\x00")]


def shown(name: str) -> str:
    """A name for people and prompts: bytes that are not UTF-8 appear as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _numbers(data: bytes) -> dict[str, tuple[str, str]]:
    counts: dict[str, tuple[str, str]] = {}
    fields = iter(_fields(data))
    for field in fields:
        if not field:
            continue
        added, removed, path = field.split("\t", 2)
        if not path:  # a rename: old and new name follow
            next(fields)
            path = next(fields)
        counts[path] = (added, removed)
    return counts


def _files(fields: list[str], counts: dict[str, tuple[str, str]]) -> tuple[FileChange, ...]:
    found = []
    rest = iter(fields)
    for field in rest:
        if not field.startswith(":"):
            continue
        old_mode, new_mode, _, _, letter = field[1:].split(" ")
        path = next(rest)
        old_path = None
        if letter[0] == "R":
            old_path, path = path, next(rest)
        added, removed = counts.get(path, ("0", "0"))
        found.append(
            FileChange(
                path=path,
                status=_STATUS[letter[0]],
                added=int(added) if added != "-" else 0,
                removed=int(removed) if removed != "-" else 0,
                binary=added == "-",
                old_path=old_path,
                old_mode=old_mode,
                new_mode=new_mode,
            )
        )
    return tuple(found)
