"""A script: what the rehearsed model says to whom, read from a TOML or JSON file."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """A review; it is given where all strings of `when` occur in the request."""

    content: Block
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class PartScript:
    """The turns of who does a part; they are given where all strings of `when` occur in the request."""

    when: tuple[str, ...]
    turns: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Script:
    """Replies for the requests in whose first user message all strings of `match` occur.

    `author` holds the content blocks of each turn, `reviewer` the verdicts, `planner` how the work splits (without
    it, not at all), `parts` what those say who do parts of it.
    """

    name: str
    match: tuple[str, ...]
    author: tuple[tuple[Block, ...], ...]
    reviewer: tuple[Verdict, ...] = ()
    planner: Block | None = None
    parts: tuple[PartScript, ...] = ()

    def fits(self, opening: str) -> bool:
        """Whether a conversation that opens with this text follows the script."""
        return all(text in opening for text in self.match)

    def verdict(self, request_text: str, turn: int) -> Verdict | None:
        """The first whose own `when` fits; else that of the turn, the last one again and again."""
        for verdict in self.reviewer:
            if verdict.when and all(text in request_text for text in verdict.when):
                return verdict
        plain = [verdict for verdict in self.reviewer if not verdict.when]
        return plain[min(turn, len(plain) - 1)] if plain else None

    def part(self, request_text: str) -> PartScript | None:
        """The first whose `when` fits."""
        return next((one for one in self.parts if all(text in request_text for text in one.when)), None)


def load_script(path: Path) -> Script:
    """Read a script. Raises `ValueError` for a file that is none.

    Shape: `match = [strings]`; `[[author]]` with `thinking`, `say` and `use = [{tool, ...input}]`, or with
    `blocks` as the API has them; `[[reviewer]]` with the verdict's fields and, if wanted, `when`; `[planner]` with
    the plan's fields; `[[part]]` with `when` and `[[part.turn]]` like `[[author]]`.
    """
    text = path.read_text("utf-8")
    raw = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    return script_from(path.stem, raw)


def script_from(name: str, raw: dict[str, Any]) -> Script:
    """A script from its parsed file. Raises `ValueError` if it matches nothing or says nothing."""
    match = tuple(raw.get("match", ()))
    if not match or not (raw.get("author") or raw.get("reviewer")):
        msg = f"script {name}: needs `match` and at least one author turn or review"
        raise ValueError(msg)
    reviews = [dict(one) for one in raw.get("reviewer", ())]
    verdicts = tuple(Verdict(when=tuple(one.pop("when", ())), content=one) for one in reviews)
    parts = tuple(PartScript(tuple(one.get("when", ())), tuple(map(_turn, one["turn"]))) for one in raw.get("part", ()))
    return Script(name, match, tuple(map(_turn, raw.get("author", ()))), verdicts, raw.get("planner"), parts)


def _turn(turn: dict[str, Any]) -> tuple[Block, ...]:
    if "blocks" in turn:
        return tuple(turn["blocks"])
    blocks: list[Block] = []
    if "thinking" in turn:
        blocks.append({"type": "thinking", "thinking": turn["thinking"].strip()})
    if "say" in turn:
        blocks.append({"type": "text", "text": turn["say"].strip()})
    for use in turn.get("use", ()):
        given = {key: value for key, value in use.items() if key != "tool"}
        blocks.append({"type": "tool_use", "name": use["tool"], "input": given})
    return tuple(blocks)
