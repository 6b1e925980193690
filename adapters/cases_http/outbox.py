"""Outcomes that the coordinator has not heard of yet, one file each."""

import logging
import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from domain.case import CaseFile
from domain.secrecy import hidden

_log = logging.getLogger(__name__)


class Outbox:
    """A folder of case files that have ended; written whole or not at all, for the owner's eyes only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file: CaseFile) -> None:
        """Keep it until it is dropped."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as fresh:
            fresh.write(hidden(file.model_dump_json()))
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(self._path(file.case.id))

    def get(self, task_id: str) -> CaseFile | None:
        """The case file of a task, if it waits here."""
        return _read(self._path(task_id))

    def waiting(self) -> tuple[CaseFile, ...]:
        """All that wait."""
        found = (_read(path) for path in sorted(self._folder.glob("*.json")))
        return tuple(one for one in found if one is not None)

    def drop(self, task_id: str) -> None:
        """The coordinator has it."""
        self._path(task_id).unlink(missing_ok=True)

    def _path(self, task_id: str) -> Path:
        return self._folder / f"{Path(task_id).name}.json"


def _read(path: Path) -> CaseFile | None:
    try:
        return CaseFile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.error("outcome unreadable: file=%s reason=%s", path, type(error).__name__)
        return None
