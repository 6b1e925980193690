"""What a backup says of itself."""

from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field, field_validator

from domain.frozen import Frozen

FORMAT = 1
NAME = "manifest.json"
TOKEN, CHECKPOINTS = "token", "checkpoints"


class Part(Frozen):
    """One file in it: path, bytes, SHA-256 in hexadecimal."""

    path: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @field_validator("path")
    @classmethod
    def _inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or not path.parts or value == NAME:
            msg = f"{value!r} is no path inside a backup"
            raise ValueError(msg)
        return value


class Manifest(Frozen):
    """`tasks` counts tasks by status at that moment; `secrets` has names, never values.

    `kind` says what can take it: a PostgreSQL of any place, or the SQLite files of one PC.
    """

    format: int = FORMAT
    kind: Literal["postgresql", "sqlite"]
    created: datetime
    release: str
    prefect: str
    ledger_schema: int
    tasks: dict[str, int]
    secrets: tuple[str, ...]
    parts: tuple[Part, ...] = ()

    def has(self, path: str) -> bool:
        """Whether there is such a file in it."""
        return any(one.path == path for one in self.parts)
