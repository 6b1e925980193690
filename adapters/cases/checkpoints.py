"""Transcripts as files that a crash at any moment leaves whole."""

import asyncio
import json
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from domain.errors import CaseError, DiskFull
from domain.secrecy import hidden
from domain.transcript import RoundKey, Transcript

_LOG = logging.getLogger(__name__)
_RESERVE = "reserve"
_RESERVE_BYTES = 4_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


class FolderCheckpoints:
    """The port `Checkpoints` over a folder: `<task>/<attempt>/<round>.json`, for the owner's eyes only.

    The copy before the newest stays beside it as `<round>.json.1`. A reserve of 4 MB a task is there for the
    moment when the disk is full: what was paid for is still written down.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def load(self, key: RoundKey) -> Transcript | None:
        """The newest transcript that can be read; None if there is none.

        A damaged file gives way to the copy before it; with neither, the round begins anew and the log says so.
        """
        return await asyncio.to_thread(_load, self._file(key))

    async def save(self, key: RoundKey, transcript: Transcript) -> None:
        """Store it; when this returns, it is on the disk.

        Raises:
            DiskFull: there is no room for it.
            CaseError: the folder can't be written.
        """
        await asyncio.to_thread(_put, self._file(key), lambda: _text(transcript))

    async def forget(self, task_id: str) -> None:
        """Remove all rounds of a case; none is no error."""
        folder = self._folder(task_id)
        if await asyncio.to_thread(folder.exists):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def keep_files(self, key: RoundKey, data: bytes) -> None:
        """Store the files beside the round. Raises `DiskFull`, and `CaseError` if the folder can't be written."""
        await asyncio.to_thread(_put, self._file(key).with_suffix(".files"), lambda: data)

    async def files(self, key: RoundKey) -> bytes | None:
        """The files beside the round; None if there are none."""
        path = self._file(key).with_suffix(".files")
        return await asyncio.to_thread(path.read_bytes) if await asyncio.to_thread(path.exists) else None

    def _folder(self, task_id: str) -> Path:
        if not _NAME.fullmatch(task_id):
            raise CaseError(f"{task_id!r} is no task id")
        return self._root / task_id

    def _file(self, key: RoundKey) -> Path:
        mark = ("" if key.role == "author" else f"-{key.role}") + (f"-part-{key.share}" if key.share else "")
        return self._folder(key.task_id) / str(key.attempt) / f"{key.round}{mark}.json"


def _load(path: Path) -> Transcript | None:
    for candidate in (path, _older(path)):
        try:
            return Transcript.model_validate(json.loads(candidate.read_bytes()))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError, ValidationError) as error:
            _LOG.error("checkpoint unreadable: file=%s reason=%s", candidate, type(error).__name__)
    return None


def _put(path: Path, made: Callable[[], bytes]) -> None:
    try:
        data = made()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        reserve = path.parents[1] / _RESERVE
        try:
            _replace(path, data)
            _keep(reserve)
        except OSError as error:
            if error.errno not in DiskFull.NUMBERS or not reserve.exists():
                raise
            # The words in it are paid for; what comes next finds the disk full.
            reserve.unlink()
            _replace(path, data)
    except OSError as error:
        if error.errno in DiskFull.NUMBERS:
            raise DiskFull(f"the disk of {path.parent} is full") from error
        raise CaseError(f"{path.name} can't be saved: {error}", f"check the disk of {path.parent}") from error
    except (ValueError, RecursionError) as error:
        raise CaseError("the transcript can't be saved: the model's words nest too deeply") from error


def _text(transcript: Transcript) -> bytes:
    return hidden(json.dumps(transcript.model_dump(mode="json"))).encode("ascii")


def _replace(path: Path, data: bytes) -> None:
    fresh = _written(path, data)
    if path.exists():
        path.replace(_older(path))
    fresh.replace(path)
    _sync_folder(path.parent)


def _keep(reserve: Path) -> None:
    """Room for the transcript of an answer that comes when the disk is full; random, so that nothing packs it."""
    if not reserve.exists():
        with suppress(OSError):
            reserve.write_bytes(os.urandom(_RESERVE_BYTES))


def _written(path: Path, data: bytes) -> Path:
    """A file beside `path` with the data on the disk; mkstemp makes it readable for the owner only."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
