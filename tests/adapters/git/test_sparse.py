"""Large repositories are checked out in part, and nobody takes what is left out for deleted."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.git.cone import Room, Scale, choose_cone
from adapters.git.history import GitHistory
from adapters.git.runner import Git
from adapters.git.workspaces import GitWorkspaces
from adapters.sandbox.choose import choose_sandbox
from domain.case import Case
from domain.command import Place
from domain.cone import Cone
from domain.workspace import Overlay, Workspace

_SCALE = Scale(whole=Room(100_000, 1_000), part=Room(30_000, 1_000), piece=Room(2_000, 100))


def _monorepo() -> dict[str, str]:
    """Ten projects of 20 kB, a small library, files at the top: 200 kB."""
    files = {"README.md": "# Shop\n", "conftest.py": "", "libs/money/__init__.py": "def cents(x):\n    return x\n"}
    for name in "abcdefghij":
        files |= {f"services/{name}/package.json": "{}\n", f"services/{name}/src/main.py": f"NAME = {name!r}\n"}
        files |= {f"services/{name}/data/d{n}.txt": f"{name}{n}" * 500 for n in range(20)}
    return files


@pytest.fixture
def large(origin: Path, case: Case, sh: Callable[..., str], tmp_path: Path) -> Case:
    """A base of 200 kB, with an issue about the service `c`."""
    seed = tmp_path / "seed"
    for name, text in _monorepo().items():
        (seed / name).parent.mkdir(parents=True, exist_ok=True)
        (seed / name).write_text(text)
    sh(seed, "add", "-A")
    sh(seed, "commit", "-qm", "Grow")
    sh(seed, "push", "-q", str(origin), "trunk")
    return case.model_copy(update={"base_sha": sh(origin, "rev-parse", "trunk")})


@pytest.fixture
def sparse(git: Git, tmp_path: Path) -> GitWorkspaces:
    """Workspaces to which 100 kB are large, and that look into the service `c` first."""
    likely = ("services/c/src/main.py",)
    return GitWorkspaces(git, tmp_path / "state", choose_sandbox("auto"), lambda _, __: likely, _SCALE)


@pytest.fixture
async def workspace(sparse: GitWorkspaces, large: Case) -> Workspace:
    """The large base, prepared."""
    return await sparse.prepare(large)


def _files(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    return {name for name in found if not name.startswith(".git/")}


def _agent(workspace: Workspace, command: str) -> str:
    """A command of the agent's, in the sandbox's stead with the toy repository that it has there."""
    done = subprocess.run(["bash", "-ec", command], cwd=workspace.path, check=True, capture_output=True, text=True)
    return done.stdout


async def test_what_the_issue_is_about_is_there_and_the_rest_is_no_deletion(
    sparse: GitWorkspaces, workspace: Workspace
) -> None:
    """The service as a whole, what is small, and what lies at the top; the agent's git and ours see no change."""
    assert workspace.cone
    there = _files(workspace.path)
    assert {"README.md", "conftest.py", "libs/money/__init__.py", "services/c/package.json"} < there
    assert not [name for name in there if name.startswith("services/") and not name.startswith("services/c/")]
    assert sum((workspace.path / name).stat().st_size for name in there) <= _SCALE.part.size + 2_000
    assert (await sparse.snapshot(workspace)).empty
    assert _agent(workspace, "git status --porcelain") == ""


async def test_a_change_holds_what_was_changed_alone(
    sparse: GitWorkspaces, history: GitHistory, workspace: Workspace, origin: Path, sh: Callable[..., str]
) -> None:
    """Edited, new and deleted files are in the branch; everything that is not on disk is in it too."""
    (workspace.path / "services" / "c" / "src" / "main.py").write_text("NAME = 'C'\n")
    (workspace.path / "services" / "c" / "data" / "d0.txt").unlink()
    (workspace.path / "services" / "new").mkdir()
    (workspace.path / "services" / "new" / "a.py").write_text("x = 1\n")
    change = await sparse.snapshot(workspace)
    expected = [
        ("services/c/data/d0.txt", "deleted"),
        ("services/c/src/main.py", "modified"),
        ("services/new/a.py", "added"),
    ]
    assert [(file.path, file.status) for file in change.files] == expected
    sha = await history.commit(workspace, change.tree, "Change", (change.base_sha,))
    await history.push(workspace, sha, "claude/x", None)
    assert sh(origin, "diff", "--name-only", "trunk", "claude/x").split() == [name for name, _ in expected]
    assert "services/j/data/d19.txt" in sh(origin, "ls-tree", "-r", "--name-only", "claude/x").split()


async def test_the_agent_brings_in_what_it_misses(sparse: GitWorkspaces, workspace: Workspace) -> None:
    """Its own git has it, without a network; an edit of it counts, a deletion too, the rest is no change."""
    _agent(workspace, "git sparse-checkout add services/f")
    assert "services/f/src/main.py" in _files(workspace.path)
    assert "services/c/src/main.py" in _files(workspace.path)
    assert (await sparse.snapshot(workspace)).empty
    _agent(workspace, "echo x >> services/f/src/main.py; rm services/f/data/d3.txt")
    change = await sparse.snapshot(workspace)
    assert [(file.path, file.status) for file in change.files] == [
        ("services/f/data/d3.txt", "deleted"),
        ("services/f/src/main.py", "modified"),
    ]
    _agent(workspace, "git show HEAD:services/f/data/d3.txt > services/f/data/d3.txt")
    assert [file.path for file in (await sparse.snapshot(workspace)).files] == ["services/f/src/main.py"]
    assert "NAME = 'j'" in _agent(workspace, "git grep -h NAME HEAD -- services/j")


async def test_a_file_written_over_one_that_was_left_out(sparse: GitWorkspaces, workspace: Workspace) -> None:
    """It is an edit of that file, not a new one, and its neighbours stay."""
    _agent(workspace, "mkdir -p services/g/src; echo mine > services/g/src/main.py")
    change = await sparse.snapshot(workspace)
    assert [(f.path, f.status, f.added, f.removed) for f in change.files] == [
        ("services/g/src/main.py", "modified", 1, 1)
    ]


async def test_clean_checkouts_have_the_same_part_and_what_was_changed(
    sparse: GitWorkspaces, workspace: Workspace
) -> None:
    """The base is what the agent was given; the head is that and its changes; tests come over from either."""
    base = await sparse.checkout(workspace, workspace.case.base_sha, "base")
    assert _files(base) == _files(workspace.path)
    _agent(workspace, "git sparse-checkout add services/f; echo x >> services/f/src/main.py")
    change = await sparse.snapshot(workspace)
    head = await sparse.checkout(workspace, change.tree, "head")
    assert _files(head) == _files(base) | {"services/f/src/main.py"}
    assert (head / "services" / "f" / "src" / "main.py").read_text() == "NAME = 'f'\nx\n"
    overlay = Overlay(tree=change.base_sha, paths=("services/f/src/main.py", "services/h/src/main.py"))
    mixed = await sparse.checkout(workspace, change.tree, "mixed", overlay)
    assert (mixed / "services" / "f" / "src" / "main.py").read_text() == "NAME = 'f'\n"


async def test_work_goes_on_from_a_snapshot(sparse: GitWorkspaces, workspace: Workspace) -> None:
    """Prepared and restored anew, the part is the same, with what was changed outside of it.

    A file that the agent brought in and deleted before anybody looked was never seen, and is not deleted.
    """
    _agent(workspace, "git sparse-checkout add services/f; rm services/f/data/d3.txt; echo x >> services/f/src/main.py")
    await sparse.snapshot(workspace)
    _agent(workspace, "echo y >> README.md; rm services/f/data/d4.txt")
    earlier = await sparse.snapshot(workspace)
    again = await sparse.prepare(workspace.case)
    assert again.cone == workspace.cone
    await sparse.restore(again, earlier.tree)
    await asyncio.sleep(0.15)
    assert await sparse.snapshot(again) == earlier
    assert {file.path for file in earlier.files} == {
        "README.md",
        "services/f/data/d4.txt",
        "services/f/src/main.py",
    }
    _agent(again, "mkdir -p services/f/data; echo z > services/f/data/d4.txt; echo z > services/f/data/d5.txt")
    later = await sparse.snapshot(again)
    assert [(file.path, file.status) for file in later.files if "data" in file.path] == [
        ("services/f/data/d4.txt", "modified"),
        ("services/f/data/d5.txt", "modified"),
    ]


def _two_gigabytes(origin: Path, case: Case) -> Case:
    """A hundred services of 20 files of a megabyte each, almost all zeros, and a line of code."""
    megabyte = b"\x00" * 999_990
    with subprocess.Popen(["git", "-C", origin, "fast-import", "--quiet"], stdin=subprocess.PIPE) as importing:
        assert importing.stdin
        for mark in range(1, 101):
            importing.stdin.write(b"blob\nmark :%d\ndata 1000000\n%010d%s\n" % (mark, mark, megabyte))
        importing.stdin.write(b"commit refs/heads/trunk\ncommitter T <t@example.com> 1 +0000\ndata 0\n")
        importing.stdin.write(b"from %s\n" % case.base_sha.encode())
        for mark in range(1, 101):
            importing.stdin.write(b"M 644 inline services/s%d/main.py\ndata 6\nx = 1\n\n" % mark)
            for number in range(20):
                importing.stdin.write(b"M 644 :%d services/s%d/assets/a%d.bin\n" % (mark, mark, number))
    assert importing.returncode == 0
    parsed = subprocess.run(["git", "-C", origin, "rev-parse", "trunk"], capture_output=True, text=True, check=True)
    return case.model_copy(update={"base_sha": parsed.stdout.strip()})


def _on_disk(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


@pytest.mark.slow
async def test_a_monorepo_of_2_gb_checked_out_sparsely(
    git: Git, history: GitHistory, origin: Path, case: Case, tmp_path: Path, sh: Callable[..., str]
) -> None:
    """A tenth of it is on disk, in the sandbox the agent brings in more, and what is pushed is the change alone."""
    sandbox, state = choose_sandbox("auto"), tmp_path / "state"
    workspaces = GitWorkspaces(git, state, sandbox, lambda _, __: ("services/s77/main.py",))
    workspace = await workspaces.prepare(_two_gigabytes(origin, case))
    await workspaces.checkout(workspace, workspace.case.base_sha, "base")
    assert _on_disk(workspace.path) < 230_000_000
    assert _on_disk(state) < 500_000_000
    assert len(list((workspace.path / "services" / "s77" / "assets").iterdir())) == 20
    (workspace.path / "services" / "s77" / "main.py").write_text("x = 2\n")
    place = Place(workspace=workspace.path, read_only=(workspace.clone / "objects",))
    command = "git sparse-checkout add services/s5 && echo x >> services/s5/main.py && rm -r services/s77/assets"
    done = await sandbox.run(place, command, 60, {})
    assert done.exit_code == 0, done.output
    change = await workspaces.snapshot(workspace)
    expected = [
        "services/s5/main.py",
        *sorted(f"services/s77/assets/a{n}.bin" for n in range(20)),
        "services/s77/main.py",
    ]
    assert [file.path for file in change.files] == expected
    head = await workspaces.checkout(workspace, change.tree, "head")
    assert (head / "services" / "s5" / "main.py").read_text() == "x = 1\nx\n"
    sha = await history.commit(workspace, change.tree, "Change", (change.base_sha,))
    await history.push(workspace, sha, "claude/x", None)
    assert sh(origin, "diff", "--name-only", "trunk", "claude/x").split() == expected


def test_a_base_that_is_not_large_is_whole() -> None:
    """Nobody is asked what is likely."""
    assert choose_cone({"a/b.py": 1_000_000_000}, pytest.fail, Scale()) is None
    assert choose_cone({f"a/{n}.py": 1 for n in range(100_000)}, pytest.fail, Scale()) is None


def test_the_heavy_folder_that_nobody_spoke_of_stays_away() -> None:
    """Whatever is light is there; a folder with newline or with bytes that are no text can't be named to git."""
    sizes = {f"video/{n}.mp4": 1_000_000_000 for n in range(3)}
    sizes |= {f"app/{n}/a.py": 1_000 for n in range(100)} | {"odd\nname/a.py": 1, "bad\udc95/a.py": 1}
    cone = choose_cone(sizes, lambda: ("app/7/a.py",), Scale())
    assert cone == Cone(folders=("app",))


def test_the_first_file_is_there_whatever_it_weighs() -> None:
    """Its folder is larger than all that may be taken, and is taken."""
    sizes = {f"video/{n}.mp4": 1_000_000_000 for n in range(3)} | {"app/a.py": 1}
    assert choose_cone(sizes, lambda: ("video/1.mp4", "app/a.py"), Scale()) == Cone(folders=("video",))


def test_a_cone_holds_what_git_says_it_holds() -> None:
    """Its folders with all below, the files beside the folders on the way, the files at the top; no namesakes."""
    cone = Cone(folders=("a/b", "x"))
    paths = ("top", "a/beside", "a/b/in", "a/b/c/d/in", "a/bb/out", "x/in", "y/out", "a/c/out", "xx/out")
    assert cone.held(paths) == ("top", "a/beside", "a/b/in", "a/b/c/d/in", "x/in")
