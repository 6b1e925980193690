"""A coloured diff, with review comments below the lines that they are about."""

from collections.abc import Iterator, Mapping, Sequence

from demo.forge.pages.html import Html, el, joined
from demo.forge.patch import FilePatch, Line

Notes = Mapping[tuple[str, int | None], Html]
_SIGNS = {"added": "+", "removed": "-", "context": " "}
_BLOCKS = 5
_MOST_LINES = 3_000


def diff(files: Sequence[FilePatch], notes: Notes) -> Html:
    """All files; `notes` are by path and line of the head (None for the whole file)."""
    return joined(_file(number, file, notes) for number, file in enumerate(files, 1))


def bar(additions: int, deletions: int) -> Html:
    """The count of added and removed lines, and five squares that show the share of each."""
    total = additions + deletions
    green = round(_BLOCKS * additions / total) if total else 0
    squares = [el("i", class_="add")] * green + [el("i", class_="del")] * (_BLOCKS - green if total else 0)
    figures = (el("b", f"+{additions}", class_="add"), " ", el("b", f"\N{MINUS SIGN}{deletions}", class_="del"))
    return el("span", *figures, el("span", *squares, class_="bar", aria_hidden="true"), class_="stat")


def _file(number: int, file: FilePatch, notes: Notes) -> Html:
    name = f"{file.old_path} → {file.path}" if file.status == "renamed" else file.path
    tag = "" if file.status == "modified" else el("span", file.status, class_="tag")
    large = file.additions + file.deletions > _MOST_LINES
    rows = "" if large else joined(_rows(file, notes))
    why = "Large diffs are not shown here" if large else "Binary file" if file.binary else "No lines changed"
    nothing = el("p", why, class_="quiet pad")
    table = el("div", el("table", rows, class_="diff"), class_="scroll") if rows else nothing
    summary = el("summary", el("code", name), tag, bar(file.additions, file.deletions))
    general = notes.get((file.path, None), "")
    return el("details", summary, general, table, class_="box file", id=f"diff-{number}", open=True)


def _rows(file: FilePatch, notes: Notes) -> Iterator[Html]:
    lines = file.lines()
    partners = _partners(lines)
    for number, line in enumerate(lines):
        if line.kind in {"hunk", "note"}:
            yield el("tr", el("td", colspan=2), el("td", line.text), class_=line.kind)
            continue
        code = el("td", el("span", _SIGNS[line.kind], class_="sign"), _marked(line.text, partners.get(number)))
        numbers = (el("td", str(side or ""), class_="no") for side in (line.old, line.new))
        yield el("tr", *numbers, code, class_=line.kind)
        note = notes.get((file.path, line.new)) if line.new else None
        if note:
            yield el("tr", el("td", note, colspan=3), class_="remark")


def _partners(lines: Sequence[Line]) -> dict[int, str]:
    """The text on the other side, by line number, where as many lines came as went."""
    partners: dict[int, str] = {}
    start = 0
    while start < len(lines):
        removed = _run(lines, start, "removed")
        added = _run(lines, start + removed, "added")
        if removed and removed == added:
            for old, new in zip(
                range(start, start + removed), range(start + removed, start + 2 * removed), strict=True
            ):
                partners[old], partners[new] = lines[new].text, lines[old].text
        start += max(removed + added, 1)
    return partners


def _run(lines: Sequence[Line], start: int, kind: str) -> int:
    end = start
    while end < len(lines) and lines[end].kind == kind:
        end += 1
    return end - start


def _shared(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def _marked(text: str, other: str | None) -> Html:
    """The line, with what differs from its partner marked if most of it is the same."""
    if other is None:
        return joined([text])
    head = _shared(text, other)
    tail = _shared(text[head:][::-1], other[head:][::-1])
    middle = text[head : len(text) - tail]
    if not middle or (head + tail) * 2 < len(text):
        return joined([text])
    return joined([text[:head], el("mark", middle), text[len(text) - tail :]])
