"""What lies in a state folder and can be made again: workspaces, transcripts, environments, clones."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_WORKSPACE = re.compile(r"(?P<task>.+?)-(?P<attempt>\d+)(\.part-\d+)?", re.ASCII)
Measure = Callable[[Path], int]
_RUNS = Path("refs", "claude-cluster-runs")


@dataclass(frozen=True, slots=True)
class Owner:
    """The case that something belongs to; `attempt` None stands for any of its attempts."""

    task: str
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A folder with what belongs to it. `used` is when it was last of use (seconds since 1970), `size` is in bytes.

    `lock` is held by whoever changes it; `marks` go before the folder does, so that nobody takes half of it
    for the whole.
    """

    path: Path
    used: float
    size: int
    owners: tuple[Owner, ...] = ()
    lock: Path | None = None
    marks: tuple[Path, ...] = ()


def holdings(home: Path) -> Iterator[Holding]:
    """Everything of the four kinds, in no order. What vanishes meanwhile is left out or counts as nothing."""
    yield from _workspaces(home, _size)
    yield from _checkpoints(home / "checkpoints", _size)
    yield from _environments(home / "environments")
    yield from _clones(home / "clones")


def of_cases(home: Path) -> Iterator[Holding]:
    """Workspaces and transcripts, not measured: `size` is 0 for all of them."""
    yield from _workspaces(home, lambda _: 0)
    yield from _checkpoints(home / "checkpoints", lambda _: 0)


def _workspaces(home: Path, size: Measure) -> Iterator[Holding]:
    for path in _folders(home / "workspaces"):
        named = _WORKSPACE.fullmatch(path.name)
        owner = Owner(named["task"], int(named["attempt"])) if named else Owner(path.name)
        refs = tuple((home / "clones").glob(f"*/*.git/{_RUNS}/{path.name}"))
        used = _newest([path, path / "scratch", path / "scratch" / "staging" / "index"])
        yield Holding(path, used, size(path), (owner,), marks=refs)


def _checkpoints(folder: Path, size: Measure) -> Iterator[Holding]:
    for path in _folders(folder):
        yield Holding(path, _newest([path, *path.glob("*/*")]), size(path), (Owner(path.name),))


def _environments(folder: Path) -> Iterator[Holding]:
    for path in _folders(folder):
        beside = [path.with_name(f"{path.name}.{kind}") for kind in ("ready", "log")]
        used = _newest([path, *beside])
        yield Holding(path, used, _size(path), lock=path.with_name(f"{path.name}.lock"), marks=tuple(beside))


def _clones(folder: Path) -> Iterator[Holding]:
    for host in _folders(folder):
        for path in _folders(host):
            runs = [named for ref in (path / _RUNS).glob("*") if (named := _WORKSPACE.fullmatch(ref.name))]
            owners = tuple(Owner(named["task"], int(named["attempt"])) for named in runs)
            used = _newest([path, path / _RUNS, path / "objects" / "pack"])
            yield Holding(path, used, _size(path), owners, lock=path.with_suffix(".lock"))


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()]


def _newest(paths: Iterable[Path]) -> float:
    return max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)


def _size(folder: Path) -> int:
    """Bytes on disk of everything below; links are not followed."""
    total, left = 0, [str(folder)]
    while left:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
        except OSError:
            continue
    return total
