"""A backup as a file: there whole or not at all, for its owner alone, and checked before anything is taken from it."""

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from cluster.backup.manifest import FORMAT, NAME, Manifest, Part
from domain.errors import ConfigurationError, DiskFull

_CHUNK = 1 << 20
_LEVEL = 1  # what it holds is mostly text; more effort takes ten times as long for a tenth of the size
_NO_SPACE = 28


@contextmanager
def staging(beside: Path) -> Iterator[Path]:
    """A folder for the owner alone on the disk of `beside`, gone afterwards.

    Raises:
        ConfigurationError: the folder can't be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".claude-cluster-", dir=beside) as folder:
            yield Path(folder)
    except OSError as error:
        raise _said(beside, error) from error


def pack(folder: Path, manifest: Manifest, target: Path) -> Manifest:
    """Write everything in `folder` to `target`, which is replaced in the last moment; gives the complete manifest.

    Raises:
        DiskFull: there is no room.
        ConfigurationError: `target` can't be written.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = tuple(_part(folder, path) for path in files)
    whole = manifest.model_copy(update={"parts": parts})
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as raw:
            _write(folder, whole, raw)
            os.fsync(raw.fileno())
        unfinished.rename(target)
    except OSError as error:
        raise _said(target, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return whole


def unpack(source: Path, folder: Path) -> Manifest:
    """Read a backup into `folder`; every file in it is as it was written, and there is no other.

    Raises:
        ConfigurationError: it is no backup, it is damaged, or it is of a newer form.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = _manifest(source, archive)
            for part in manifest.parts:
                _take(source, archive, part, folder / part.path)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise _damaged(source, str(error)) from error
    except OSError as error:
        if error.errno is None:  # gzip's own
            raise _damaged(source, str(error)) from error
        raise _said(source, error) from error
    return manifest


def sha256(path: Path) -> str:
    """A file's checksum in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(folder: Path, manifest: Manifest, raw: IO[bytes]) -> None:
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=_LEVEL) as archive:
        text = manifest.model_dump_json(indent=2).encode()
        head = _member(NAME, len(text), manifest)
        archive.addfile(head, io.BytesIO(text))
        for part in manifest.parts:
            with (folder / part.path).open("rb") as file:
                archive.addfile(_member(part.path, part.size, manifest), file)


def _member(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(manifest.created.timestamp())
    return member


def _part(folder: Path, path: Path) -> Part:
    return Part(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, sha256=sha256(path))


def _manifest(source: Path, archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    text = archive.extractfile(first) if first and first.name == NAME else None
    if text is None:
        raise _damaged(source, "it does not begin with a manifest")
    try:
        words = text.read()
        manifest = Manifest.model_validate_json(words)
    except ValidationError as error:
        if f'"format": {FORMAT}' not in words.decode(errors="replace"):
            raise ConfigurationError(f"{source} was written by a newer version", "update claude-cluster") from error
        raise _damaged(source, "its manifest makes no sense") from error
    if manifest.format != FORMAT:
        raise ConfigurationError(f"{source} was written by a newer version", "update claude-cluster")
    return manifest


def _take(source: Path, archive: tarfile.TarFile, part: Part, target: Path) -> None:
    try:
        file = archive.extractfile(part.path)
    except KeyError:
        file = None
    if file is None:
        raise _damaged(source, f"{part.path} is missing")
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise _damaged(source, f"{part.path} is not what was written")


def _damaged(source: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{source} is no whole backup: {why}", "take another one")


def _said(path: Path, error: OSError) -> ConfigurationError | DiskFull:
    if error.errno == _NO_SPACE:
        return DiskFull(f"no room for {path}", "free disk space, or name a file on another disk with --to")
    return ConfigurationError(f"{path} can't be used: {error.strerror or error}", "check the path and its rights")
