"""What the installed code looks like from outside: a fork server that has loaded other code is not used."""

import os
import sysconfig
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

_OURS = ("adapters", "agents", "cluster", "deployments", "domain", "flows", "proof", "tasks", "wiring")


def fingerprint(modules: Sequence[str]) -> int:
    """Changes with any file of ours and of the packages of these modules, and with any package that is installed."""
    site = sysconfig.get_path("purelib")
    others = {name.partition(".")[0] for name in modules} - set(_OURS)
    places = [place for name in _OURS for place in _places(name)]
    places += [place for name in sorted(others) for place in _places(name) if not place.startswith(site)]
    marks = [mark for place in places for mark in _marks(place)]
    with os.scandir(site) as entries:
        marks += [_mark(one) for one in entries if one.name.endswith(".dist-info")]
    return hash(tuple(sorted(marks)))


def _places(package: str) -> list[str]:
    spec = find_spec(package)
    if spec is None:
        return []
    return list(spec.submodule_search_locations or ([spec.origin] if spec.origin else []))


def _marks(place: str) -> Iterator[tuple[str, int, int]]:
    if not os.path.isdir(place):  # noqa: PTH112 - thousands of these before each run: os is five times faster
        found = os.stat(place)  # noqa: PTH116 - the same
        yield place, found.st_mtime_ns, found.st_size
        return
    with os.scandir(place) as entries:
        for one in entries:
            if not one.is_dir(follow_symlinks=False):
                yield _mark(one)
            elif one.name != "__pycache__":
                yield from _marks(one.path)


def _mark(entry: "os.DirEntry[str]") -> tuple[str, int, int]:
    found = entry.stat(follow_symlinks=False)
    return entry.path, found.st_mtime_ns, found.st_size
