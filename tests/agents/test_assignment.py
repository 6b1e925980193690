"""What a specialist is told of where to look, in repositories of any size."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox import ConfinedFiles
from agents.assignment import Ground, assign, likely_paths, route, specialists
from agents.specialist import load_specialists
from domain.errors import ConfigurationError
from domain.issue import Issue
from domain.repository import AgentRules

COUNT = 50_000
WORDS = [f"{verb}_{noun}" for verb in ("load", "save", "send", "parse") for noun in ("user", "order", "page", "row")]


def big_repository(root: Path) -> tuple[str, ...]:
    """Small modules in nested folders; the one that matters sorts last and says so only in its name and text."""
    pick = random.Random(3)
    (root / "services").mkdir()
    for number in range(50):
        text = "".join(f"def {pick.choice(WORDS)}(x):\n    return x\n" for _ in range(8))
        (root / f"services/text_{number}.py").write_text(text)
    paths = [f"services/s{number % 40:02}/part{number % 25:02}/module_{number:05}.py" for number in range(COUNT)]
    for folder in {path.rpartition("/")[0] for path in paths}:
        (root / folder).mkdir(parents=True)
    for number, path in enumerate(paths):
        os.link(root / f"services/text_{number % 50}.py", root / path)
    (root / "services/dump_currency.py").write_text("round_currency = 1\n" * 200_000)
    (root / "services/picture_currency.py").write_bytes(b"round_currency\x00" * 1_000)
    (root / "services/zz_currency.py").write_text("def round_currency(amount):\n    return round(amount)\n")
    return (*paths, *(f"services/{name}_currency.py" for name in ("dump", "picture", "zz")))


class Watched(ConfinedFiles):
    """Real files, and how many bytes were handed out."""

    handed_out = 0

    def read(self, path: str, largest: int | None = None) -> bytes:
        """As it is, counted."""
        data = super().read(path, largest)
        self.handed_out += len(data)
        return data


async def test_the_file_is_found_among_fifty_thousand(bench: Any) -> None:
    """It sorts last of all; large and binary files beside it are not taken for code; time and memory are bounded."""
    paths = big_repository(bench.root)
    bench.issue = Issue(repo="acme/shop", number=7, title="Currency is rounded down", body="`round_currency(2.5)`.")
    able, files = load_specialists(), Watched(bench.root)
    ground = Ground(rules=(), paths=paths, files=files, test_command=None)
    started = time.process_time()
    job = await assign(bench.case, route(bench.case, able), able, ground)
    assert time.process_time() - started < 10
    likely = job.opening.partition("best first\n\n")[2].partition("\n\n")[0].splitlines()
    assert likely[0] == "1. services/zz_currency.py"
    assert not any("dump" in line or "picture" in line for line in likely)
    assert files.handed_out < 16_000_000


def test_paths_alone_tell_what_a_sparse_checkout_needs(bench: Any) -> None:
    """Best first, without any file's text."""
    issue = bench.issue.model_copy(update={"title": "Cart total is wrong", "body": ""})
    assert likely_paths(issue, ("README.md", "shop/mail.py", "shop/cart.py")) == ("shop/cart.py",)


class Base:
    """The files of a base commit."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    async def read(self, workspace: Any, path: str) -> bytes | None:
        """None where there is no such file."""
        return self.files.get(path)


async def test_a_repository_brings_specialists_of_its_own(bench: Any) -> None:
    """Read from the base, beside the built-in ones less those it disables."""
    own = b"---\nname: games\ntitle: Game engineer\n---\nYou work on a game.\n"
    rules, base = AgentRules(disabled=("docs",), extra=("games.md",)), Base({"games.md": own})
    names = [one.name for one in await specialists(bench.seat.workspace, rules, base)]
    assert (names[-1], "docs" in names, len(names)) == ("games", False, 7)


async def test_a_specialist_that_is_not_there_is_told(bench: Any) -> None:
    """A file that the settings name and the base lacks is a mistake of the settings, not passed over."""
    with pytest.raises(ConfigurationError) as told:
        await specialists(bench.seat.workspace, AgentRules(extra=("games.md",)), Base({}))
    assert str(told.value).startswith(".claude-cluster.toml: [agents] extra: games.md is not in the repository")
