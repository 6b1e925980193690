"""Which file a test file is about, told by its name: what tests say is said about the code they test."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_AFFIX = re.compile(r"^tests?_|^test(?=.)|[._-](?:tests?|spec)$|tests?$")
_SHORTEST = 3


def subjects(paths: Sequence[str], kinds: Sequence[str]) -> dict[int, int]:
    """For each test that names one file of its language, the index of that file; both are indices into `paths`.

    `test_cart.py`, `cart_test.go`, `CartTest.java` and `cart.spec.ts` name `cart`; of several files with that
    name the one that shares most folders counts, and none if several share equally many.
    """
    named: dict[tuple[str, str], list[int]] = {}
    for at, path in enumerate(paths):
        if kinds[at] != "test":
            named.setdefault(_key(PurePosixPath(path.lower())), []).append(at)
    found = {}
    for at, path in enumerate(paths):
        if kinds[at] == "test":
            stem, family = _key(PurePosixPath(path.lower()))
            subject = _AFFIX.sub("", stem)
            nearest = _nearest(path, named.get((subject, family), ()), paths) if len(subject) >= _SHORTEST else None
            if nearest is not None:
                found[at] = nearest
    return found


def _key(pure: PurePosixPath) -> tuple[str, str]:
    return pure.stem, pure.suffix.removesuffix("x")


def _nearest(test: str, candidates: Sequence[int], paths: Sequence[str]) -> int | None:
    folders = set(test.lower().split("/")[:-1])
    shared = [len(folders & set(paths[at].lower().split("/")[:-1])) for at in candidates]
    if not shared or shared.count(max(shared)) > 1:
        return None
    return candidates[shared.index(max(shared))]
