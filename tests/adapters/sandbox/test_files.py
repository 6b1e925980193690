"""The agent's files are confined."""

import os
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sandbox import ConfinedFiles
from domain.errors import BadWork

_CANARY = "the canary must not be read"


def _names(root: Path, *folders: str) -> list[str]:
    return [str(path.relative_to(root)) for folder in (".", *folders) for path in sorted((root / folder).iterdir())]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace full of traps beside a canary."""
    root, outside = tmp_path / "ws", tmp_path / "outside"
    for folder in (root / "src" / "deep", root / "sub" / ".git", outside / "folder"):
        folder.mkdir(parents=True)
    (outside / "canary").write_text(_CANARY)
    (outside / "folder" / "canary").write_text(_CANARY)
    (outside / "only-outside").touch()
    (root / "src" / "a.py").write_text("a = 1\n")
    (root / "src" / "deep" / "b.py").write_text("b = 1\n")
    links = {
        "out": "../outside/canary",
        "outfolder": str(outside),
        "up": "..",
        "src/up2": "../..",
        "inside": "src/a.py",
        "absolute": "/workspace/src/a.py",
        "folder": "src",
        "chain": "folder/up2/ws/inside",
        "self": "self",
        "gitlink": "sub/.git",
        "dangling": "src/new.py",
        "proc": "/proc/self/root",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "/workspace/src/a.py",
        "./src//a.py",
        "src/deep/../a.py",
        "inside",
        "absolute",
        "folder/a.py",
        "folder/deep/../a.py",
    ],
)
def test_reads_inside(workspace: Path, path: str) -> None:
    """Any way to write a path that stays inside leads to the file."""
    assert ConfinedFiles(workspace).read(path) == b"a = 1\n"


def test_real_paths_are_understood(workspace: Path) -> None:
    """Without isolation the agent sees the folder's real path."""
    assert ConfinedFiles(workspace).read(f"{workspace}/src/a.py") == b"a = 1\n"


@pytest.mark.parametrize(
    "path",
    [
        "../outside/canary",
        "/etc/passwd",
        "/workspace/../outside/canary",
        "/workspacex",
        "src/../../outside/canary",
        "out",
        "outfolder/canary",
        "up/outside/canary",
        "src/up2/outside/canary",
        "proc/etc/passwd",
        "chain",
        "self",
        "pipe",
        "missing",
        "src/a.py/x",
        "src",
        "",
        ".",
        "/workspace",
        "a\0b",
        "\ud800",
        "x" * 300,
        "/".join("x" * 5000),
        "d/" * 1000,
    ],
)
def test_reading_is_refused(workspace: Path, path: str) -> None:
    """What leaves the workspace, or is no file, is refused with a message for the model."""
    with pytest.raises(BadWork):
        ConfinedFiles(workspace).read(path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../x", "'../x' leads out of /workspace"),
        ("/etc/passwd", "'/etc/passwd' leads out of /workspace"),
        ("missing/x", "'missing/x' does not exist"),
        ("missing", "'missing' does not exist"),
        ("src", "'src' is a folder"),
        ("pipe", "'pipe' is not a regular file"),
        ("self", "'self' has too many links"),
        ("src/a.py/x", "'src/a.py/x' passes through 'a.py', which is no folder"),
    ],
)
def test_messages(workspace: Path, path: str, message: str) -> None:
    """The model is told which path and why."""
    with pytest.raises(BadWork) as refused:
        ConfinedFiles(workspace).read(path)
    assert str(refused.value) == message


def test_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket is neither read nor overwritten."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        files = ConfinedFiles(tmp_path)
        for act in (lambda: files.read("s"), lambda: files.write("s", b""), lambda: files.kind("s")):
            with pytest.raises(BadWork, match="not a regular file"):
                act()


def test_large_file_is_refused(tmp_path: Path) -> None:
    """Over 10 MB the shell is the tool."""
    (tmp_path / "big").write_bytes(b"1" * 10_000_001)
    with pytest.raises(BadWork, match="larger than 10,000,000 bytes"):
        ConfinedFiles(tmp_path).read("big")
    (tmp_path / "big").write_bytes(b"1" * 10_000_000)
    assert len(ConfinedFiles(tmp_path).read("big")) == 10_000_000


def test_writes_keep_the_mode(workspace: Path) -> None:
    """An existing file keeps its mode, a new one is an ordinary file."""
    script = workspace / "run.sh"
    script.write_text("old")
    script.chmod(0o755)
    files = ConfinedFiles(workspace)
    files.write("run.sh", b"new")
    files.write("/workspace/made/on/the/way.py", b"x")
    made = workspace / "made/on/the/way.py"
    assert (script.read_bytes(), script.stat().st_mode & 0o777) == (b"new", 0o755)
    assert (made.read_bytes(), made.stat().st_mode & 0o777) == (b"x", 0o644)
    assert sorted(path.name for path in made.parent.iterdir()) == ["way.py"]


def test_writes_through_inner_links(workspace: Path) -> None:
    """A link that stays inside is followed, and stays a link."""
    files = ConfinedFiles(workspace)
    files.write("inside", b"changed")
    files.write("dangling", b"made")
    assert (workspace / "src/a.py").read_bytes() == b"changed"
    assert (workspace / "src/new.py").read_bytes() == b"made"
    assert (workspace / "inside").is_symlink()


@pytest.mark.parametrize(
    "path",
    [".git/config", "sub/.git/config", ".GIT/config", "new/.git/hooks/x", "gitlink/config", ".git", "out", "up/x",
     "outfolder/x", "proc/tmp/x", "pipe", "src", "", "../x", "src/a.py/x"],
)  # fmt: skip
def test_writing_is_refused(workspace: Path, tmp_path: Path, path: str) -> None:
    """Nothing is written outside, into git's folders, or over what is no file."""
    before = _names(tmp_path, "outside", "ws/sub/.git")
    with pytest.raises(BadWork):
        ConfinedFiles(workspace).write(path, b"hostile")
    assert _names(tmp_path, "outside", "ws/sub/.git") == before
    assert (tmp_path / "outside" / "canary").read_text() == _CANARY


def test_listing(tmp_path: Path) -> None:
    """Two levels, sorted, folders with a slash, hidden names and linked folders' contents left out."""
    for path in ("b/c/d.txt", "b/a.txt", "a.txt", ".hidden/x", "b/.hidden"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "link").symlink_to("/etc")
    files = ConfinedFiles(tmp_path)
    assert files.listing("/workspace") == ("a.txt", "b/", "b/a.txt", "b/c/", "link")
    assert files.listing("b") == ("a.txt", "c/", "c/d.txt")
    for path in ("a.txt", "link", "missing", ".."):
        with pytest.raises(BadWork):
            files.listing(path)


def test_long_listing_is_cut(tmp_path: Path) -> None:
    """A folder made to flood the model is cut, and says so."""
    for number in range(5010):
        (tmp_path / f"{number:04}").touch()
    told = ConfinedFiles(tmp_path).listing(".")
    assert (len(told), told[-2:]) == (5001, ("4999", "(10 more)"))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("src", "folder"), ("", "folder"), ("src/a.py", "file"), ("inside", "file"), ("folder", "folder"),
     ("dangling", "missing"), ("no/such", "missing"), ("src/a.py/x", "missing")],
)  # fmt: skip
def test_kind(workspace: Path, path: str, kind: str) -> None:
    """Files, folders and nothing are told apart."""
    assert ConfinedFiles(workspace).kind(path) == kind


_WORDS = st.sampled_from(
    ["..", ".", "", "src", "deep", "a.py", "up", "up2", "out", "outfolder", "folder", "canary", "outside", "ws", "proc",
     "workspace", "chain", "gitlink", ".git", "self", "pipe", "new", "root", "etc", "passwd", "cwd"]
)  # fmt: skip
_PATHS = st.one_of(
    st.builds(
        lambda start, words: start + "/".join(words),
        st.sampled_from(["", "/", "/workspace/"]),
        st.lists(_WORDS, max_size=8),
    ),
    st.text(max_size=30),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=_PATHS)
def test_no_path_reaches_outside(workspace: Path, tmp_path: Path, path: str) -> None:
    """Whatever the path, the canaries are neither read nor touched and nothing appears beside the workspace."""
    files = ConfinedFiles(workspace)
    for act in (files.read, files.listing, files.kind, lambda name: files.write(name, b"hostile")):
        try:
            told = act(path)
        except BadWork:
            continue
        assert told != _CANARY.encode()
        assert not isinstance(told, tuple) or not any("only-outside" in name for name in told)
    outside = tmp_path / "outside"
    assert _names(tmp_path, "outside") == ["outside", "ws", "outside/canary", "outside/folder", "outside/only-outside"]
    assert (outside / "canary").read_text() == (outside / "folder" / "canary").read_text() == _CANARY
    assert list((workspace / "sub" / ".git").iterdir()) == []


def test_races_do_not_lead_outside(workspace: Path, tmp_path: Path) -> None:
    """A folder that turns into a link and back while we walk never leads out."""
    swapped, done = workspace / "swapped", threading.Event()

    def swap() -> None:
        while not done.is_set():
            swapped.mkdir()
            (swapped / "canary").write_text("inside")
            (swapped / "canary").unlink()
            swapped.rmdir()
            swapped.symlink_to(tmp_path / "outside")
            swapped.unlink()

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    for _ in range(2000):
        try:
            seen.add(ConfinedFiles(workspace).read("swapped/canary"))
        except BadWork:
            continue
    done.set()
    thread.join()
    assert _CANARY.encode() not in seen
