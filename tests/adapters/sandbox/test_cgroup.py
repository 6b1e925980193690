"""Control groups: the real ones of this machine, and folders that look like those of version 2."""

import os
from pathlib import Path

import pytest

from adapters.sandbox import Bounds, Bubblewrap
from adapters.sandbox.cgroup import make_cgroup
from adapters.sandbox.choose import find_program
from domain.command import Place

_BOUNDS = Bounds(processes=100)


def _machine(folder: Path, own: str, delegated: str) -> Path:
    """Version 2 as folders: the group `own` of this process, where `delegated` was handed to us."""
    for path in ("system.slice/cluster.service/worker", "user.slice"):
        (folder / "cgroup" / path).mkdir(parents=True)
    (folder / "own").write_text(f"0::/{own}\n")
    try:
        os.setxattr(folder / "cgroup" / delegated, "user.delegate", b"1")
    except OSError:
        pytest.skip("the disk of the temporary folder keeps no extended attributes")
    return folder / "cgroup"


@pytest.mark.parametrize("own", ["system.slice/cluster.service/worker", "system.slice/cluster.service"])
def test_below_a_delegated_group(tmp_path: Path, own: str) -> None:
    """In version 2 the group is made where systemd has delegated, whether we are there or in a group below it."""
    root = _machine(tmp_path, own, "system.slice/cluster.service")
    base = root / "system.slice" / "cluster.service"
    made = make_cgroup(_BOUNDS, (123,), root=root, own=tmp_path / "own")
    assert made is not None
    (folder,) = base.glob("claude-cluster-*")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"pids.max": "133", "cgroup.procs": "123"}
    assert (base / "cgroup.subtree_control").read_text() == "+pids +memory"
    (folder / "pids.events").write_text("max 0\n")
    assert made.refused() is None
    (folder / "pids.events").write_text("max 3\n")
    (folder / "memory.events").write_text("low 0\noom_kill 1\n")
    assert [made.refused(), made.refused(), made.refused()] == ["processes", "memory", None]


def test_not_where_groups_belong_to_others(tmp_path: Path) -> None:
    """Without delegation none is made, though root could."""
    root = _machine(tmp_path, "user.slice", "system.slice/cluster.service")
    assert make_cgroup(_BOUNDS, root=root, own=tmp_path / "own") is None
    assert list((root / "user.slice").iterdir()) == []


def test_no_control_groups(tmp_path: Path) -> None:
    """Other systems, and machines without them, do without."""
    assert make_cgroup(_BOUNDS, root=tmp_path, own=tmp_path / "missing") is None


async def test_real_groups_hold_the_commands_and_go(bubblewrap: Bubblewrap, place: Place) -> None:
    """Where this machine lets us make one, commands are in it from birth, and it is gone after the shell."""
    if make_cgroup(_BOUNDS) is None:
        pytest.skip("no control group can be made here")
    shell = await Bubblewrap(find_program(), _BOUNDS).shell(place)
    await shell.run("sleep 5 &", 10)
    held = [path for path in _groups() if (path / "pids.max").read_text() == "133\n"]
    inside = [(path / "pids.current").read_text() for path in held]
    await shell.close()
    assert inside == ["4\n"]
    assert [path for path in held if path.exists()] == []


def _groups() -> list[Path]:
    return sorted(Path("/sys/fs/cgroup/pids").glob(f"**/claude-cluster-{os.getpid()}-*"))
