"""What kind of file a path is, and how likely that kind changes for an issue."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BeforeValidator

from domain.frozen import Frozen

_FILE = Path(__file__).with_name("source_kinds.yaml")
_WANTED = 1.15
_SOURCES = frozenset(("src", "lib", "internal", "pkg", "app"))
_NOTHING = "(?!)"


def _pattern(value: object) -> object:
    """Long patterns are folded over lines in the data file."""
    return value.replace(" |", "|") if isinstance(value, str) else value


class SourceKind(Frozen):
    """One row of `source_kinds.yaml`; `worth` is the factor for an issue that is not about this kind."""

    kind: str
    worth: float
    folders: Annotated[frozenset[str], BeforeValidator(lambda value: frozenset(str(value).split()))] = frozenset()
    names: re.Pattern[str] = re.compile(_NOTHING)
    about: Annotated[re.Pattern[str], BeforeValidator(_pattern)] = re.compile(_NOTHING)

    def fits_folders(self, folders: frozenset[str]) -> bool:
        """Whether what lies in these lower-case folders is of this kind."""
        return bool(folders & self.folders) and not (self.kind == "generated" and _is_module(folders))


def kind_of(path: str) -> str:
    """The kind of the file at a relative POSIX path, by its folders and name: `code` unless a row fits."""
    folder, _, name = path.lower().rpartition("/")
    rows = _rows()
    first = _row_of_folder(folder)
    by_name = next((at for at, row in enumerate(rows[:first]) if row.names.fullmatch(name)), first)
    return rows[by_name].kind if by_name < len(rows) else "code"


@lru_cache(maxsize=100_000)
def _row_of_folder(folder: str) -> int:
    """The first row that fits by folder; the number of rows if none does."""
    folders = frozenset(folder.split("/"))
    return next((at for at, row in enumerate(_rows()) if row.fits_folders(folders)), len(_rows()))


def wanted_kinds(title: str) -> frozenset[str]:
    """The kinds besides code that a title is about."""
    folded = title.casefold()
    return frozenset(row.kind for row in _rows() if row.about.search(folded))


def worth(kind: str, wanted: frozenset[str]) -> float:
    """The factor for a file of that kind: above 1 if the issue is about it, 1 for code, less for the rest."""
    return _WANTED if kind in wanted else _worths()[kind]


def _is_module(folders: frozenset[str]) -> bool:
    """`build/` and the like below the sources are modules of that name, not output."""
    return bool(_SOURCES & folders) and "node_modules" not in folders


@lru_cache(maxsize=1)
def _worths() -> dict[str, float]:
    return {row.kind: row.worth for row in _rows()}


@lru_cache(maxsize=1)
def _rows() -> tuple[SourceKind, ...]:
    rows = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(SourceKind.model_validate(row) for row in rows)
