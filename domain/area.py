"""An area: the paths of a repository that one part of the work may touch."""

from functools import lru_cache

from pydantic import field_validator

from domain.frozen import Frozen

_ANY = "**"
_MOST, _LONGEST, _WILDCARDS, _DEEPEST = 20, 200, 8, 200
_NEVER = {"", ".", "..", ".git"}
_LITERAL = str.maketrans({"*": "\ue000", "?": "\ue001"})  # what a file may be called, and no glob may


class Area(Frozen):
    """Globs from the repository's root: `*` and `?` stay within a name, `**` stands for any folders.

    A name stands for the file, or for the folder with everything below. Refused (`ValueError`): none or more than
    20, absolute paths, `..`, `.git`, brackets, braces, `!`, backslashes, more than 8 wildcards in one.
    """

    globs: tuple[str, ...]

    @field_validator("globs")
    @classmethod
    def _checked(cls, globs: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(globs) <= _MOST:
            raise ValueError(f"an area has 1 to {_MOST} paths")
        for glob in globs:
            if reason := _refused(glob):
                raise ValueError(f"{glob[:_LONGEST]!r} {reason}")
        return globs

    def holds(self, path: str) -> bool:
        """Whether a file (relative, POSIX) is inside; one below more than 200 folders never is."""
        parts = tuple(path.translate(_LITERAL).split("/"))
        return len(parts) <= _DEEPEST and any(_meet(_parts(glob), parts) for glob in self.globs)

    def meets(self, other: "Area") -> bool:
        """Whether any path that there is, or could be, is inside both."""
        return any(_meet(_parts(ours), _parts(theirs)) for ours in self.globs for theirs in other.globs)


def _refused(glob: str) -> str:
    parts = glob.removesuffix("/").split("/")
    if len(glob) > _LONGEST or glob != glob.strip() or not glob.isprintable():
        return "is no path"
    if glob.startswith("/") or any(part.lower() in _NEVER for part in parts):
        return "does not stay inside the repository"
    if any(char in glob for char in "[]{}!\\") or any(_ANY in part and part != _ANY for part in parts):
        return "is written in a way that is not understood"
    if sum(char in "*?" for char in glob) > _WILDCARDS:
        return "has too many wildcards"
    return ""


def _parts(glob: str) -> tuple[str, ...]:
    return (*glob.removesuffix("/").split("/"), _ANY)


@lru_cache(maxsize=50_000)
def _meet(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether one row of names fits both."""
    if not ours or not theirs:
        return all(part == _ANY for part in (*ours, *theirs))
    if ours[0] == _ANY:
        return _meet(ours[1:], theirs) or _meet(ours, theirs[1:])
    if theirs[0] == _ANY:
        return _meet(theirs, ours)
    return _alike(ours[0], theirs[0]) and _meet(ours[1:], theirs[1:])


@lru_cache(maxsize=50_000)
def _alike(ours: str, theirs: str) -> bool:
    """Whether one name fits both."""
    if not ours or not theirs:
        return set(ours + theirs) <= {"*"}
    if ours[0] == "*":
        return _alike(ours[1:], theirs) or _alike(ours, theirs[1:])
    if theirs[0] == "*":
        return _alike(theirs, ours)
    return (ours[0] == theirs[0] or "?" in (ours[0], theirs[0])) and _alike(ours[1:], theirs[1:])
