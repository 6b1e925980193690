"""Repositories as they are found: odd names and bytes, links, submodules, huge files, very many files."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.git.history import GitHistory
from adapters.git.workspaces import GitWorkspaces
from domain.case import Case
from domain.workspace import Overlay

_MB = 1_000_000
Grow = Callable[[Callable[[Path], None]], Case]


_NAMES = (
    "with space.py",
    "quo\"te's.py",
    "new\nline.py",
    "tab\tand\\slash.py",
    "日本語.py",
    "🛒 cart.py",
    "-rf",
    "*.py",
)


async def test_odd_file_names(workspaces: GitWorkspaces, history: GitHistory, grow: Grow) -> None:
    """Spaces, quotes, line feeds, Japanese and emoji: listed, read, checked out, overlaid and told as they are."""

    def write(seed: Path) -> None:
        for name in _NAMES:
            (seed / name).write_text("x = 1\n")

    workspace = await workspaces.prepare(grow(write))
    assert set(_NAMES) < set(await history.files(workspace))
    assert [await history.read(workspace, name) for name in _NAMES] == [b"x = 1\n"] * len(_NAMES)
    for name in _NAMES:
        (workspace.path / name).write_text("x = 2\n")
    change = await workspaces.snapshot(workspace)
    assert [(f.path, f.status, f.added, f.removed) for f in change.files] == [
        (name, "modified", 1, 1) for name in sorted(_NAMES)
    ]
    overlay = Overlay(tree=workspace.case.base_sha, paths=_NAMES)
    mixed = await workspaces.checkout(workspace, change.tree, "mixed", overlay)
    assert {(mixed / name).read_text() for name in _NAMES} == {"x = 1\n"}


async def test_a_name_in_another_encoding_is_text_for_everybody(
    workspaces: GitWorkspaces, history: GitHistory, grow: Grow
) -> None:
    """A base with a name in Shift JIS lists it with escapes: it goes into prompts and JSON."""
    name = "表.txt".encode("shift_jis")
    workspace = await workspaces.prepare(grow(lambda seed: Path(os.fsdecode(bytes(seed) + b"/" + name)).touch()))
    files = await history.files(workspace)
    assert r"\x95\.txt" in files
    assert "\n".join(files).encode()


async def test_bytes_stay_as_they_are(workspaces: GitWorkspaces, grow: Grow) -> None:
    """Line ends and encodings of untouched files never show up in a change, not after a restore either."""
    contents = {
        "windows.txt": b"one\r\ntwo\r\n",
        "mixed.txt": b"one\r\ntwo\n",
        "sjis.txt": "表示\r\n".encode("shift_jis"),
        "latin.py": b"# caf\xe9\n",
        "utf16.txt": "text\n".encode("utf-16"),
        "declared.csv": b"a,b\r\n",
    }

    def write(seed: Path) -> None:
        for name, data in contents.items():
            (seed / name).write_bytes(data)
            os.utime(seed / name, (1, 1))  # so old that the test's own git doesn't look into it again

    grow(write)
    # The attributes came later than the files: what is stored does not obey them.
    case = grow(lambda seed: (seed / ".gitattributes").write_text("*.csv text\n*.txt text=auto\n") and None)
    workspace = await workspaces.prepare(case)
    assert {name: (workspace.path / name).read_bytes() for name in contents} == contents
    assert (await workspaces.snapshot(workspace)).empty
    (workspace.path / "latin.py").write_bytes(b"# caf\xe9!\n")
    change = await workspaces.snapshot(workspace)
    assert [file.path for file in change.files] == ["latin.py"]
    await workspaces.restore(workspace, change.tree)
    assert await workspaces.snapshot(workspace) == change
    head = await workspaces.checkout(workspace, change.tree, "head")
    assert {name: (head / name).read_bytes() for name in contents} == contents | {"latin.py": b"# caf\xe9!\n"}


async def test_lines_of_windows_files_are_counted_singly(workspaces: GitWorkspaces, grow: Grow) -> None:
    """An edit of one line of a CRLF file is one line of the change."""
    workspace = await workspaces.prepare(grow(lambda seed: (seed / "w.txt").write_bytes(b"1\r\n2\r\n3\r\n") and None))
    (workspace.path / "w.txt").write_bytes(b"1\r\nzwei\r\n3\r\n")
    (change,) = (await workspaces.snapshot(workspace)).files
    assert (change.path, change.added, change.removed) == ("w.txt", 1, 1)


async def test_pointers_of_large_file_storage(workspaces: GitWorkspaces, grow: Grow) -> None:
    """Pointers stay pointers: nothing is fetched for them, and they never show up in a change."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"

    def write(seed: Path) -> None:
        (seed / "logo.psd").write_text(pointer)
        (seed / ".gitattributes").write_text("*.psd filter=lfs diff=lfs merge=lfs -text\n")

    workspace = await workspaces.prepare(grow(write))
    assert (workspace.path / "logo.psd").read_text() == pointer
    (workspace.path / "README.md").write_text("# Shop!\n")
    change = await workspaces.snapshot(workspace)
    assert [file.path for file in change.files] == ["README.md"]


async def test_submodules(
    workspaces: GitWorkspaces, history: GitHistory, grow: Grow, sh: Callable[..., str], case: Case
) -> None:
    """A submodule is an empty folder for the agent, stays what it was, and is never fetched."""

    def add(seed: Path) -> None:
        (seed / ".gitmodules").write_text('[submodule "lib"]\n\tpath = lib\n\turl = https://example.com/lib.git\n')
        sh(seed, "update-index", "--add", "--cacheinfo", f"160000,{case.base_sha},lib")
        (seed / "lib").mkdir()

    workspace = await workspaces.prepare(grow(add))
    assert list((workspace.path / "lib").iterdir()) == []
    assert await history.read(workspace, "lib") is None
    (workspace.path / "README.md").write_text("# Shop!\n")
    change = await workspaces.snapshot(workspace)
    assert [file.path for file in change.files] == ["README.md"]
    head = await workspaces.checkout(workspace, change.tree, "head")
    assert (head / "README.md").read_text() == "# Shop!\n"


_LINKS = {
    "dangling": "nowhere",
    "absolute": "/etc/passwd",
    "folder": "shop",
    "self": "self",
    "up": "..",
    "a": "b",
    "b": "a",
}


async def test_links(workspaces: GitWorkspaces, history: GitHistory, grow: Grow) -> None:
    """Dangling, absolute, to a folder, in a circle: kept as links, never followed."""

    def link(seed: Path) -> None:
        for name, target in _LINKS.items():
            (seed / name).symlink_to(target)

    workspace = await workspaces.prepare(grow(link))
    assert {name: str((workspace.path / name).readlink()) for name in _LINKS} == _LINKS
    assert [await history.read(workspace, name) for name in _LINKS] == [None] * len(_LINKS)
    (workspace.path / "dangling").unlink()
    (workspace.path / "dangling").symlink_to("shop/cart.py")
    change = await workspaces.snapshot(workspace)
    assert [(file.path, file.new_mode) for file in change.files] == [("dangling", "120000")]
    await workspaces.restore(workspace, change.tree)
    assert await workspaces.snapshot(workspace) == change


async def test_an_overlay_never_follows_a_link_out(workspaces: GitWorkspaces, grow: Grow, tmp_path: Path) -> None:
    """A tests folder that became a link to a folder of this machine: that folder is not touched, tests come back."""

    def write(seed: Path) -> None:
        (seed / "tests").mkdir()
        (seed / "tests" / "test_a.py").write_text("base\n")

    workspace = await workspaces.prepare(grow(write))
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "test_a.py").write_text("precious\n")
    shutil.rmtree(workspace.path / "tests")
    (workspace.path / "tests").symlink_to(ours)
    change = await workspaces.snapshot(workspace)
    paths = tuple(file.path for file in change.files)
    mixed = await workspaces.checkout(workspace, change.tree, "a", Overlay(tree=change.base_sha, paths=paths))
    assert (ours / "test_a.py").read_text() == "precious\n"
    assert (mixed / "tests" / "test_a.py").read_text() == "base\n"
    assert not (mixed / "tests").is_symlink()


async def test_an_overlay_of_a_file_that_became_a_folder(workspaces: GitWorkspaces, grow: Grow) -> None:
    """In both directions: the overlay's side wins."""
    workspace = await workspaces.prepare(grow(lambda seed: (seed / "tests").write_text("file\n") and None))
    (workspace.path / "tests").unlink()
    (workspace.path / "tests").mkdir()
    (workspace.path / "tests" / "test_a.py").write_text("new\n")
    change = await workspaces.snapshot(workspace)
    paths = tuple(file.path for file in change.files)
    old = await workspaces.checkout(workspace, change.tree, "old", Overlay(tree=change.base_sha, paths=paths))
    new = await workspaces.checkout(workspace, change.base_sha, "new", Overlay(tree=change.tree, paths=paths))
    assert (old / "tests").read_text() == "file\n"
    assert (new / "tests" / "test_a.py").read_text() == "new\n"


@pytest.mark.slow
async def test_a_binary_and_a_huge_file(workspaces: GitWorkspaces, grow: Grow) -> None:
    """100 MB in the tree, and 100 MB of text by the agent: told with counts, in no memory and no difference of ours."""

    def write(seed: Path) -> None:
        (seed / "logo.bin").write_bytes(b"\x00\x01" * 1000)
        with (seed / "huge.bin").open("wb") as file:
            file.truncate(100 * _MB)

    case = grow(write)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workspace = await workspaces.prepare(case)
    assert (await workspaces.snapshot(workspace)).empty
    with (workspace.path / "text.csv").open("w") as file:
        for _ in range(1000):
            file.write("123456789\n" * 10_000)
    (workspace.path / "logo.bin").write_bytes(b"\x00\x02" * 1000)
    change = await workspaces.snapshot(workspace)
    assert [(f.path, f.status, f.added, f.binary) for f in change.files] == [
        ("logo.bin", "modified", 0, True),
        ("text.csv", "added", 10_000_000, False),
    ]
    assert len(change.diff) < 1000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 50 * _MB


def _with_many_files(origin: Path, case: Case) -> Case:
    files = "".join(f"M 644 inline part{n % 500}/m{n}.py\ndata <<E\nx = {n}\nE\n" for n in range(50_000))
    head = f"commit refs/heads/trunk\ncommitter T <t@example.com> 1 +0000\ndata 0\nfrom {case.base_sha}\n"
    subprocess.run(["git", "-C", origin, "fast-import", "--quiet"], input=(head + files).encode(), check=True)
    parsed = subprocess.run(["git", "-C", origin, "rev-parse", "trunk"], capture_output=True, text=True, check=True)
    return case.model_copy(update={"base_sha": parsed.stdout.strip()})


@pytest.mark.slow
async def test_fifty_thousand_files(workspaces: GitWorkspaces, history: GitHistory, origin: Path, case: Case) -> None:
    """Prepared, listed and looked at again and again in well under a call's time limit."""
    workspace = await workspaces.prepare(_with_many_files(origin, case))
    assert len(await history.files(workspace)) == 50_004
    for _ in range(2):
        (workspace.path / "part7" / "m7.py").write_text("x = 0\n")
        assert [file.path for file in (await workspaces.snapshot(workspace)).files] == ["part7/m7.py"]
