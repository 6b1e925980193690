"""The edit tool: view, create, str_replace and insert on the agent's files.

It works on bytes: what an edit does not name stays as it was, whatever its encoding or line ends.
"""

from collections.abc import Callable

from agents.tools import lines
from agents.tools.answer import Answer, BadCall, CannotDo
from agents.tools.arguments import number, words
from agents.tools.view import view_file, view_folder
from domain.conversation import Block
from domain.errors import BadWork
from domain.ports import Files

EDIT: Block = {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"}
_ROOT = "/workspace"
_MOST_PLACES = 10


def edit(given: Block, files: Files, home: str = _ROOT) -> Answer:
    """Do what `command` asks for. `home` is another name that the workspace may have. Raises `BadCall`."""
    path = inside(words(given, "path"), home)
    name = words(given, "command")
    action = _ACTIONS.get(name)
    if action is None:
        raise BadCall(f"no command `{name[:40]}`: use one of {', '.join(_ACTIONS)}")
    try:
        return action(given, files, path)
    except CannotDo as reason:
        return Answer(text=f"error: {reason}", error=True)
    except BadWork as refused:
        return Answer(text=f"refused: {refused}", error=True)
    except (OSError, ValueError) as failed:
        return Answer(text=f"failed: {getattr(failed, 'strerror', None) or failed}", error=True)


def inside(path: str, home: str) -> str:
    """The path relative to the workspace, if it is written below it; others are left to the port to refuse."""
    plain = path.strip()
    for root in (_ROOT, home.rstrip("/")):
        if plain.rstrip("/") == root:
            return "."
        if root and plain.startswith(root + "/"):
            return plain[len(root) :].lstrip("/") or "."
    return plain or "."


def _existing(files: Files, path: str) -> bytes:
    kind = files.kind(path)
    if kind == "missing":
        raise CannotDo(f"{path} does not exist; view a folder to see what is there")
    if kind == "folder":
        raise CannotDo(f"{path} is a folder")
    return files.read(path)


def _view(given: Block, files: Files, path: str) -> Answer:
    if files.kind(path) == "folder":
        return Answer(text=view_folder(files, path))
    return Answer(text=view_file(_existing(files, path), given))


def _create(given: Block, files: Files, path: str) -> Answer:
    data = lines.encode(words(given, "file_text"))
    kind = files.kind(path)
    if kind == "folder":
        raise CannotDo(f"{path} is a folder")
    before = len(lines.split(files.read(path))) if kind == "file" else None
    files.write(path, data)
    told = f"created {path}" if before is None else f"replaced {path} (it had {before} lines)"
    return Answer(text=f"{told}: {len(lines.split(data))} lines", changed=True)


def _str_replace(given: Block, files: Files, path: str) -> Answer:
    data = _existing(files, path)
    old, new = _fitted(data, lines.encode(words(given, "old_str")), lines.encode(words(given, "new_str", "")))
    at = _only_place(data, old)
    if old == new:
        raise CannotDo("`old_str` and `new_str` are the same: nothing would change")
    after = data[:at] + new + data[at + len(old) :]
    files.write(path, after)
    first = lines.line_of(after, at)
    shown = lines.around(lines.split(after), first, first + new.count(b"\n"))
    return Answer(text=f"replaced in {path}:\n{shown}", changed=True)


def _fitted(data: bytes, old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Both texts with the file's line ends."""
    return lines.with_ends_of(data, old), lines.with_ends_of(data, new)


def _only_place(data: bytes, old: bytes) -> int:
    if not old:
        raise CannotDo("`old_str` is empty: use insert to add text")
    at = data.find(old)
    if at < 0:
        raise CannotDo(f"`old_str` is not in the file{_near(data, old)}; it must match exactly, white space included")
    places = [at]
    while len(places) <= _MOST_PLACES and (following := data.find(old, places[-1] + 1)) >= 0:
        places.append(following)
    if len(places) > 1:
        found = ", ".join(str(lines.line_of(data, place)) for place in places[:_MOST_PLACES])
        more = " and more" if len(places) > _MOST_PLACES else ""
        raise CannotDo(f"`old_str` is in the file more than once (lines {found}{more}): take in more around it")
    return at


def _near(data: bytes, old: bytes) -> str:
    """Where the first line of the text stands with other white space, if it does."""
    wanted = next((b"".join(line.split()) for line in lines.split(old) if line.strip()), b"")
    for index, line in enumerate(lines.split(data), start=1):
        if wanted and b"".join(line.split()) == wanted:
            return f" (line {index} differs from its first line in white space at most: {lines.shown(line, 200)!r})"
    return ""


def _insert(given: Block, files: Files, path: str) -> Answer:
    data = _existing(files, path)
    given_text = words(given, "insert_text", given.get("new_str"))
    at = number(given, "insert_line")
    before = lines.split(data)
    lines.refuse_outside(at, 0, len(before), "insert_line")
    added = lines.split(lines.with_ends_of(data, lines.encode(given_text)))
    if not added:
        raise CannotDo("`insert_text` is empty")
    end = b"\r\n" if lines.is_crlf(data) else b"\n"
    above, below = before[:at], before[at:]
    if above and not above[-1].endswith(b"\n"):
        above = [*above[:-1], above[-1] + end]
    if below and not added[-1].endswith(b"\n"):
        added = [*added[:-1], added[-1] + end]
    after = [*above, *added, *below]
    files.write(path, b"".join(after))
    shown = lines.around(after, at + 1, at + len(added))
    return Answer(text=f"inserted into {path}:\n{shown}", changed=True)


_ACTIONS: dict[str, Callable[[Block, Files, str], Answer]] = {
    "view": _view,
    "create": _create,
    "str_replace": _str_replace,
    "insert": _insert,
}
