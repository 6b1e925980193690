"""Which part of a large repository is checked out for a case.

A checkout is made several times a run (the agent's, the base's, the head's), so two gigabytes are a dozen. What
the issue points at comes first, with the whole project around it; then everything else, the lightest projects
first, as long as there is room: the heavy ones that nobody spoke of stay away. Their files are in the clone all
the same, where the agent's git finds them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.cone import Cone


@dataclass(frozen=True, slots=True)
class Room:
    """A number of bytes and a number of files."""

    size: int = 0
    files: int = 0

    def __add__(self, other: "Room") -> "Room":
        return Room(size=self.size + other.size, files=self.files + other.files)

    def within(self, other: "Room") -> bool:
        """Whether it is no more than the other in both."""
        return self.size <= other.size and self.files <= other.files


@dataclass(frozen=True, slots=True)
class Scale:
    """What is large: a base up to `whole` is checked out whole, of a larger one `part`, in pieces up to `piece`."""

    whole: Room = Room(size=1_000_000_000, files=100_000)
    part: Room = Room(size=200_000_000, files=20_000)
    piece: Room = Room(size=4_000_000, files=400)


_PROJECT_FILES = {
    *("package.json", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "go.mod", "Cargo.toml"),
    *("pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs", "BUILD", "BUILD.bazel"),
    *("CMakeLists.txt", "Package.swift", "pubspec.yaml", "Makefile"),
}


def choose_cone(sizes: Mapping[str, int], likely: Callable[[], Sequence[str]], scale: Scale) -> Cone | None:
    """The part to check out of files with these sizes (bytes), or None for all of them.

    `likely` gives the files that the issue is about, best first; the folder of the first is taken in any case.
    It is asked only when the answer matters.
    """
    if Room(size=sum(sizes.values()), files=len(sizes)).within(scale.whole):
        return None
    folders = _Folders(sizes)
    there = [path for path in likely() if path in sizes]
    wanted = tuple(dict.fromkeys(folders.project_of(path) for path in there))
    pieces = list(folders.pieces(wanted, scale.piece))
    rank = {folder: at for at, folder in enumerate(wanted)}
    first = there[0] if there else ""
    pieces.sort(key=lambda piece: (not _inside(first, piece), _rank(piece, rank), folders.whole[piece].size, piece))
    return Cone(folders=tuple(sorted(_fitting(pieces, folders, first, scale.part))))


def _fitting(pieces: Sequence[str], folders: "_Folders", first: str, part: Room) -> Iterator[str]:
    taken, paid = folders.own[""], {""}
    for piece in pieces:
        above = [folder for folder in _above(piece) if folder not in paid]
        cost = sum((folders.own[folder] for folder in above), folders.whole[piece])
        if (taken + cost).within(part) or _inside(first, piece):
            taken += cost
            paid.update(above)
            yield piece


@dataclass
class _Folders:
    """The folders of a tree: what is in each directly, what in all, what is below it; "" is the top."""

    sizes: Mapping[str, int]
    own: dict[str, Room] = field(default_factory=lambda: defaultdict(Room))
    whole: dict[str, Room] = field(default_factory=lambda: defaultdict(Room))
    below: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    projects: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Add up."""
        for path, size in self.sizes.items():
            folder, _, name = path.rpartition("/")
            self.own[folder] += Room(size=size, files=1)
            if name in _PROJECT_FILES:
                self.projects.add(folder)
        for folder, room in list(self.own.items()):
            self.whole[folder] += room
            for above in _above(folder):
                self.whole[above] += room
        for folder in list(self.whole):
            if folder:
                self.below[folder.rpartition("/")[0]].add(folder)

    def project_of(self, path: str) -> str:
        """The innermost project around a file, the top not counted; else the file's folder."""
        folder = path.rpartition("/")[0]
        return next((one for one in (folder, *_above(folder)) if one and one in self.projects), folder)

    def pieces(self, wanted: Sequence[str], piece: Room) -> Iterator[str]:
        """The folders that are taken or left as one; a project is, unless it is wanted or holds another."""
        inner = {*wanted, *self.projects}
        around = {above for folder in inner for above in _above(folder)} | set(wanted)
        left = [""]
        while left:
            for folder in self.below[left.pop()]:
                if "\n" in folder or not _is_text(folder):  # no pattern of git's can name it
                    continue
                heavy = self.below[folder] and not self.whole[folder].within(piece)
                if heavy and (folder in around or folder not in self.projects):
                    left.append(folder)
                else:
                    yield folder


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _is_text(name: str) -> bool:
    return not any("\udc80" <= letter <= "\udcff" for letter in name)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def _rank(piece: str, rank: Mapping[str, int]) -> int:
    """The place of the wanted folder that the piece is in, or is around; behind all of them if there is none."""
    found = [at for folder, at in rank.items() if f"{piece}/".startswith(f"{folder}/") or _inside(folder, piece)]
    return min(found, default=len(rank))
