"""Mentions: the files that an issue points at outright, by path, file name, dotted name or stack frame."""

from collections.abc import Sequence

from agents.clues import Clues

MENTIONED, NAMED, DOTTED, TRACED = 1.0, 0.7, 0.45, 0.9
MOST_FRAMES = 12


def mentioned(paths: Sequence[str], clues: Clues) -> dict[int, float]:
    """How clearly each file is pointed at, 0 to 1, by its index in `paths`; files that are not are left out."""
    by_name: dict[str, list[int]] = {}
    by_stem: dict[str, list[int]] = {}
    for at, path in enumerate(paths):
        name = path.rpartition("/")[2]
        by_name.setdefault(name.lower(), []).append(at)
        by_stem.setdefault(name.partition(".")[0], []).append(at)
    found: dict[int, float] = {}
    for named in clues.paths:
        hits = _same_path(named, by_name, paths)
        for at in hits:
            found[at] = max(found.get(at, 0.0), (MENTIONED if "/" in named else NAMED) / len(hits))
    traced = dict.fromkeys(at for frame in clues.frames for at in _same_path(frame, by_name, paths)[:1])
    for number, at in enumerate(list(traced)[:MOST_FRAMES], start=1):
        found[at] = max(found.get(at, 0.0), TRACED / number)
    for dotted in clues.dotted:
        hits = _same_module(dotted.split("."), by_stem, paths)
        for at in hits:
            found[at] = max(found.get(at, 0.0), DOTTED / len(hits))
    return found


def _same_path(path: str, by_name: dict[str, list[int]], paths: Sequence[str]) -> list[int]:
    """The files whose path ends like this one; the longest agreement wins."""
    wanted = path.lower().split("/")
    agreements: list[tuple[int, int]] = []
    for at in by_name.get(wanted[-1], ()):
        have = paths[at].lower().split("/")
        same = 0
        while same < min(len(have), len(wanted)) and have[-1 - same] == wanted[-1 - same]:
            same += 1
        agreements.append((same, at))
    most = max((same for same, _ in agreements), default=0)
    return [at for same, at in agreements if same == most]


def _same_module(parts: list[str], by_stem: dict[str, list[int]], paths: Sequence[str]) -> list[int]:
    """The files that a dotted name stands for, as a module or as something in one."""
    for length in range(len(parts), 1, -1):
        hits = []
        for at in by_stem.get(parts[length - 1], ()):
            have = paths[at].rpartition(".")[0].split("/")
            if have[-length:] == parts[:length] or (length > 2 and have[-length + 1 :] == parts[1:length]):  # noqa: PLR2004
                hits.append(at)
        if hits:
            return hits
    return []
