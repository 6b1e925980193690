"""`claude-cluster locate`: the files most likely to change for a text."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table

from agents.locate import LONGEST_FILE, SourceFile
from agents.locate import locate as rank
from agents.nearby import worth_reading
from cli.agents import read_text
from cli.output import result_console
from domain.errors import UsageError

_SKIPPED = {".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"}
_MOST_FILES = 20_000
_MOST_BYTES = 64_000_000
_SNIFFED = 8_000


@click.command()
@click.option("--repo-path", type=click.Path(exists=True, file_okay=False), required=True, help="A checkout.")
@click.option(
    "--text", type=click.Path(allow_dash=True), metavar="FILE|-", required=True, help="What is wrong or wanted."
)
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def locate(repo_path: str, text: str, limit: int, as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """The files most likely to change for a text, best first."""
    words = read_text(text)
    if not words.strip():
        raise UsageError("the text is empty", "describe what is wrong or wanted")
    found = rank(list(_sources(Path(repo_path), words)), words, limit=limit)
    if as_json:
        files = [{"path": one.path, "score": one.score} for one in found]
        click.echo(json.dumps({"files": files}, indent=2, ensure_ascii=False))
        return 0
    table = Table(show_edge=False, header_style="bold")
    table.add_column("file", overflow="fold")
    table.add_column("score", justify="right")
    for one in found:
        table.add_row(one.path, f"{one.score:.3f}")
    result_console().print(table)
    return 0


def _sources(root: Path, words: str) -> Iterator[SourceFile]:
    left = _MOST_BYTES
    for path in worth_reading(tuple(_paths(root)), words, _MOST_FILES):
        file = root / path
        if file.is_symlink() or not file.is_file() or file.stat().st_size > LONGEST_FILE:
            continue
        data = file.read_bytes()
        left -= len(data)
        if left < 0:
            return
        if b"\x00" not in data[:_SNIFFED]:
            yield SourceFile(path=path, text=data.decode("utf-8", "replace"))


def _paths(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        inside = Path(folder).relative_to(root)
        yield from (path for name in files if _is_text(path := (inside / name).as_posix()))


def _is_text(path: str) -> bool:
    """Whether a file's name is Unicode; one that is not can't be told in JSON."""
    return not any("\ud800" <= character <= "\udfff" for character in path)
