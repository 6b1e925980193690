"""Tricks that leave the tests of the base standing so that they count no more; and honest changes that look alike."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from domain.frozen import Frozen
from proof.tampering.tamper_finding import TamperFinding

Files = Mapping[str, str | None]
Judge = Callable[[Files, Files], tuple[TamperFinding, ...]]
_TRICKS = Path(__file__).parent / "tricks"


class Trick(Frozen):
    """Files before, what of them changes (None: removed), and what is found, each as `kind:line`."""

    title: str
    before: dict[str, str | None]
    after: dict[str, str | None]
    found: tuple[str, ...] = ()


def _tricks(name: str) -> Iterator[Trick]:
    """Those of one file, which either swaps parts of one text or gives whole files."""
    read = tomllib.loads((_TRICKS / f"{name}.toml").read_text("utf-8"))
    for one in read["trick"]:
        if "swap" in one:
            before = {read["path"]: read["text"]}
            after = {read["path"]: _swapped(read["text"], one["swap"])}
        else:
            before, after = one["before"], one.get("after", {}) | dict.fromkeys(one.get("removed", ()))
        yield Trick(title=one["title"], before=before, after=after, found=tuple(one["found"]))


def _swapped(text: str, swaps: list[dict[str, Any]]) -> str:
    for swap in swaps:
        assert swap["old"] in text, swap
        text = text.replace(swap["old"], swap["new"], 1)
    return text


TRICKS = [(name, trick) for name in ("python", "javascript", "settings") for trick in _tricks(name)]


@pytest.mark.parametrize(("name", "trick"), TRICKS, ids=[f"{name}: {trick.title}" for name, trick in TRICKS])
def test_tricks(name: str, trick: Trick, judge: Judge) -> None:
    """Each is found at its line; what only looks alike is not."""
    found = judge(trick.before, trick.after)
    assert tuple(f"{one.kind}:{one.line}" for one in found) == trick.found, (name, found)


def test_there_are_enough_of_both_kinds() -> None:
    """No file of tricks lacks either what is found or what is not."""
    assert {name for name, trick in TRICKS if trick.found} == {name for name, trick in TRICKS if not trick.found}
