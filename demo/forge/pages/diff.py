"""A coloured diff, with review comments below the lines that they are about."""

from collections.abc import Mapping, Sequence

from demo.forge.pages.layout import escape
from demo.forge.patch import FilePatch, Line

_SIGNS = {"added": "+", "removed": "-", "context": " "}
_BLOCKS = 5


def diff(files: Sequence[FilePatch], notes: Mapping[tuple[str, int | None], str]) -> str:
    """All files; `notes` is HTML by path and line of the head (None for the whole file)."""
    return "".join(_file(number, file, notes) for number, file in enumerate(files, 1))


def bar(additions: int, deletions: int) -> str:
    """Five squares that show the share of added and removed lines."""
    total = additions + deletions
    green = round(_BLOCKS * additions / total) if total else 0
    squares = "<i class='add'></i>" * green + "<i class='del'></i>" * (_BLOCKS - green if total else 0)
    return (
        f'<span class="stat"><b class="add">+{additions}</b> <b class="del">&minus;{deletions}</b>'
        f'<span class="bar" aria-hidden="true">{squares}</span></span>'
    )


def _file(number: int, file: FilePatch, notes: Mapping[tuple[str, int | None], str]) -> str:
    name = escape(file.path)
    if file.status == "renamed":
        name = f"{escape(file.old_path)} &rarr; {name}"
    tag = "" if file.status == "modified" else f'<span class="tag">{file.status}</span>'
    rows = "".join(_row(file, line, notes) for line in file.lines())
    body = f'<div class="scroll"><table class="diff">{rows}</table></div>' if rows else ""
    if not rows:
        body = f'<p class="quiet pad">{"Binary file" if file.binary else "No lines changed"}</p>'
    return (
        f'<details class="box file" id="diff-{number}" open><summary><code>{name}</code>{tag}'
        f"{bar(file.additions, file.deletions)}</summary>{notes.get((file.path, None), '')}{body}</details>"
    )


def _row(file: FilePatch, line: Line, notes: Mapping[tuple[str, int | None], str]) -> str:
    if line.kind in {"hunk", "note"}:
        return f'<tr class="{line.kind}"><td colspan="2"></td><td>{escape(line.text)}</td></tr>'
    code = f'<span class="sign">{_SIGNS[line.kind]}</span>{escape(line.text)}'
    row = f'<tr class="{line.kind}"><td class="no">{line.old or ""}</td><td class="no">{line.new or ""}</td><td>{code}</td></tr>'
    note = notes.get((file.path, line.new)) if line.new else None
    return row + (f'<tr class="remark"><td colspan="3">{note}</td></tr>' if note else "")
