"""The file of a backup: whole or not at all, and nothing is taken from one that is damaged."""

import os
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cluster.backup.archive import pack, unpack
from cluster.backup.manifest import Manifest, Part
from domain.errors import ConfigurationError

MANIFEST = Manifest(
    kind="sqlite", created=datetime(2026, 11, 30, tzinfo=UTC), release="0.1.0", prefect="3.8.8", ledger_schema=2,
    tasks={"queued": 1}, secrets=("GITHUB_TOKEN",),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files to keep."""
    made = tmp_path / "folder"
    (made / "checkpoints" / "task-20261122-001").mkdir(parents=True)
    (made / "ledger.db").write_bytes(os.urandom(3_000_000))
    (made / "checkpoints" / "task-20261122-001" / "1.json").write_text('{"日本": "語"}')
    return made


def test_what_is_packed_is_unpacked(folder: Path, tmp_path: Path) -> None:
    """Every byte, the manifest too; the file is its owner's, and nothing lies beside it."""
    target = tmp_path / "out" / "backup.tar.gz"
    target.parent.mkdir()
    target.write_text("an older one")
    packed = pack(folder, MANIFEST, target)
    back = tmp_path / "back"
    assert unpack(target, back) == packed
    kept = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {path.relative_to(back): path.read_bytes() for path in back.rglob("*") if path.is_file()} == kept
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["backup.tar.gz"]


def test_a_place_that_can_t_be_written_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """The error names it."""
    with pytest.raises(ConfigurationError, match="nowhere"):
        pack(folder, MANIFEST, tmp_path / "nowhere" / "backup.tar.gz")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1_000_000])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[2_000_000] ^= 0xFF
    path.write_bytes(data)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _other(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(__file__, "something.py")


@pytest.mark.parametrize("harm", [_cut, _flip, _empty, _other])
def test_a_damaged_file_is_refused(folder: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """Cut, a bit that fell over, empty, or no backup at all: one line."""
    target = tmp_path / "backup.tar.gz"
    pack(folder, MANIFEST, target)
    harm(target)
    with pytest.raises(ConfigurationError, match="is no whole backup"):
        unpack(target, tmp_path / "back")


def test_a_newer_form_is_refused(folder: Path, tmp_path: Path) -> None:
    """By its number, before anything is taken."""
    target = tmp_path / "backup.tar.gz"
    pack(folder, MANIFEST.model_copy(update={"format": 2}), target)
    with pytest.raises(ConfigurationError, match="newer version"):
        unpack(target, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "a/../../b", "", "manifest.json"])
def test_a_path_leads_nowhere_else(path: str) -> None:
    """A manifest can't have its files written elsewhere."""
    with pytest.raises(ValueError, match="no path inside"):
        Part(path=path, size=0, sha256="0" * 64)
