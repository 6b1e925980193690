"""How much of a disk a sandbox fills."""

import os
import shutil
from pathlib import Path

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.disk import Disk

_MIB = 1024 * 1024


def _fill(file: Path, size: int) -> None:
    with file.open("wb") as opened:
        opened.write(os.urandom(size))
        opened.flush()
        os.fsync(opened.fileno())


async def test_what_is_written_counts_once(tmp_path: Path) -> None:
    """Hard links are one file, links are not followed, and holes take nothing."""
    (tmp_path / "in").mkdir()
    disk = Disk([tmp_path / "in"], Bounds(disk=8 * _MIB))
    _fill(tmp_path / "in" / "a", 6 * _MIB)
    for number in range(9):
        os.link(tmp_path / "in" / "a", tmp_path / "in" / f"link{number}")
    (tmp_path / "in" / "far").symlink_to("/usr")
    with (tmp_path / "in" / "hole").open("wb") as hole:
        hole.truncate(1 << 30)
    _fill(tmp_path / "beside", 6 * _MIB)
    assert await disk.exceeded() is None


async def test_told_once_for_each_growth(tmp_path: Path) -> None:
    """Too much is told once; then there is time to remove some; more is told again."""
    (tmp_path / "in").mkdir()
    disk = Disk([tmp_path / "in"], Bounds(disk=4 * _MIB))
    _fill(tmp_path / "in" / "a", 9 * _MIB)
    assert await disk.exceeded() == "disk"
    assert await disk.exceeded() is None
    _fill(tmp_path / "in" / "b", 9 * _MIB)
    assert await disk.exceeded() == "disk"
    for name in "ab":
        (tmp_path / "in" / name).unlink()
    assert await disk.exceeded() is None


async def test_a_disk_that_runs_out(tmp_path: Path) -> None:
    """Below what must stay free the disk counts as full, whoever filled it, and whatever the folders hold."""
    free = shutil.disk_usage(tmp_path).free
    disk = Disk([tmp_path], Bounds(spare=free * 4, disk=free))
    assert await disk.exceeded() is None  # half of what was free may go
    disk._floors = [free * 2]
    assert [await disk.exceeded(), await disk.exceeded()] == ["full", None]
