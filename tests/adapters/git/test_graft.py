"""Trees made of two: what one specialist did in an area comes to what another did elsewhere."""

import subprocess

import pytest

from adapters.git.parcels import GitParcels
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from domain.area import Area
from domain.case import Case
from domain.errors import BadWork
from domain.workspace import Workspace


async def _tree(workspaces: GitWorkspaces, case: Case, changes: dict[str, str | None]) -> tuple[Workspace, str]:
    """A workspace at the base with some files changed (None: removed), and its snapshot."""
    workspace = await workspaces.prepare(case)
    for name, text in changes.items():
        at = workspace.path / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.unlink(missing_ok=True) if text is None else at.write_text(text)
    return workspace, (await workspaces.snapshot(workspace)).tree


def _listed(workspace: Workspace, tree: str) -> dict[str, str]:
    """The files of a tree of the run's own store."""
    env = ("env", f"GIT_OBJECT_DIRECTORY={workspace.scratch / 'objects'}")
    alternates = f"GIT_ALTERNATE_OBJECT_DIRECTORIES={workspace.clone / 'objects'}"

    def git(*arguments: str) -> str:
        command = [*env, alternates, "git", f"--git-dir={workspace.clone}", "-c", "core.quotePath=false", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    names = git("ls-tree", "-r", "--name-only", tree).splitlines()
    return {name: git("cat-file", "blob", f"{tree}:{name}") for name in names}


async def test_files_inside_the_area_come_and_no_others(workspaces: GitWorkspaces, git: Git, case: Case) -> None:
    """Added, changed and removed ones inside; what differs outside is named, and stays as the first tree has it."""
    parcels = GitParcels(git)
    theirs = {"docs/日本.md": "new\n", "README.md": None, "shop/cart.py": "broken\n", "docs/a/b.md": "deep\n"}
    there = case.model_copy(update={"part": 1})
    other, tree = await _tree(workspaces, there, theirs)
    packed = await parcels.pack(other, tree)
    assert packed is not None
    workspace, own = await _tree(workspaces, case, {"shop/cart.py": "better\n", "docs/draft.md": "ours\n"})
    assert workspace.path != other.path
    await parcels.unpack(workspace, packed)
    graft = await parcels.graft(workspace, own, tree, Area(globs=("docs/**", "README.md")))
    assert set(graft.taken) == {"README.md", "docs/a/b.md", "docs/draft.md", "docs/日本.md"}
    assert graft.left == ("shop/cart.py",)
    found = _listed(workspace, graft.tree)
    assert found == {
        ".gitignore": "*.log\n",
        "docs/a/b.md": "deep\n",
        "docs/日本.md": "new\n",
        "shop/cart.py": "better\n",
        "日本 語.txt": "こんにちは\n",
    }
    await workspaces.restore(workspace, graft.tree)
    assert (await workspaces.snapshot(workspace)).tree == graft.tree


async def test_a_folder_takes_the_place_of_a_file(workspaces: GitWorkspaces, git: Git, case: Case) -> None:
    """The area's files win over what stands in their way."""
    other, tree = await _tree(workspaces, case.model_copy(update={"part": 1}), {"notes/one.md": "1\n"})
    workspace, own = await _tree(workspaces, case, {"notes": "a file\n"})
    parcels = GitParcels(git)
    await parcels.unpack(workspace, await parcels.pack(other, tree) or b"")
    graft = await parcels.graft(workspace, own, tree, Area(globs=("notes",)))
    await workspaces.restore(workspace, graft.tree)
    assert (workspace.path / "notes" / "one.md").read_text() == "1\n"


async def test_a_tree_that_is_not_here_is_told(workspaces: GitWorkspaces, git: Git, case: Case) -> None:
    """Nothing is put together from half of it."""
    workspace, own = await _tree(workspaces, case, {"a": "1\n"})
    with pytest.raises(BadWork, match="put together"):
        await GitParcels(git).graft(workspace, own, "f" * 40, Area(globs=("a",)))
