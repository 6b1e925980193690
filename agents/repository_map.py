"""A map of the repository: its top two levels, with how many files are below each folder."""

from collections import Counter
from collections.abc import Sequence

from agents.tools.cut import one_line

_MOST_FILES = 40
_MOST_FOLDERS = 40
_MOST_INNER = 12


def repository_map(paths: Sequence[str]) -> str:
    """Indented lines, folders first; large ones are cut and say so. `paths` are POSIX and relative."""
    folders: dict[str, Counter[str]] = {}
    files: list[str] = []
    for path in paths:
        top, slash, rest = path.partition("/")
        if not slash:
            files.append(top)
            continue
        inner, deeper, _ = rest.partition("/")
        folders.setdefault(top, Counter())[f"{inner}/" if deeper else ""] += 1
    lines = []
    for name in sorted(folders)[:_MOST_FOLDERS]:
        lines.append(f"{one_line(name, 120)}/ ({_files(folders[name].total())})")
        lines += _inner(folders[name])
    lines += _rest(len(folders) - _MOST_FOLDERS, "folders")
    lines += [one_line(name, 120) for name in sorted(files)[:_MOST_FILES]]
    return "\n".join(lines + _rest(len(files) - _MOST_FILES, "files"))


def _inner(counts: Counter[str]) -> list[str]:
    largest = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if name][:_MOST_INNER]
    lines = [f"  {one_line(name, 120)} ({_files(counts[name])})" for name in sorted(largest)]
    return lines + _rest(len(counts) - ("" in counts) - _MOST_INNER, "folders", "  ")


def _rest(count: int, noun: str, indent: str = "") -> list[str]:
    return [f"{indent}... {count} more {noun}"] if count > 0 else []


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
