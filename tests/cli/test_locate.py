"""`locate`: the files most likely to change."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout with things that are no source."""
    files = {
        "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
        "shop/stock.py": "def stock(name):\n    return 0\n",
        "node_modules/cart/cart.js": "function total() {}\n",
        ".git/config": "cart total\n",
    }
    for name, text in files.items():
        (tmp_path / "repo" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repo" / name).write_text(text)
    (tmp_path / "repo" / "cart.bin").write_bytes(b"cart total\x00\x01")
    (tmp_path / "repo" / "cart-link.py").symlink_to("/etc/passwd")
    (tmp_path / "text").write_text("The cart's total is wrong\n")
    return tmp_path / "repo"


def test_best_first(run: Callable[..., Any], checkout: Path) -> None:
    """Paths with scores; neither dependencies nor links nor binary files are looked at."""
    said = run("locate", "--repo-path", str(checkout), "--text", str(checkout.parent / "text"), "--json")
    told = json.loads(said.stdout)
    assert said.code == 0
    assert set(told) == {"files"}
    assert [set(one) for one in told["files"]] == [{"path", "score"}] * len(told["files"])
    assert told["files"][0]["path"] == "shop/cart.py"
    assert {one["path"] for one in told["files"]} <= {"shop/cart.py", "shop/stock.py"}
    scores = [one["score"] for one in told["files"]]
    assert scores == sorted(scores, reverse=True)


def test_large_sources_and_odd_names(run: Callable[..., Any], checkout: Path) -> None:
    """Half a megabyte of code is code; a name that is no Unicode is passed over."""
    (checkout / "shop" / "refund.py").write_text("def refund(order):\n    return order\n" + "x = 1\n" * 90_000)
    (checkout / "shop" / os.fsdecode(b"refund-\xff.py")).write_text("def refund(order): ...\n")
    (checkout.parent / "text").write_text("A refund is paid twice\n")
    said = run("locate", "--repo-path", str(checkout), "--text", str(checkout.parent / "text"), "--json")
    assert (said.code, [one["path"] for one in json.loads(said.stdout)["files"]]) == (0, ["shop/refund.py"])


def test_as_a_table(run: Callable[..., Any], checkout: Path) -> None:
    """For people."""
    said = run("locate", "--repo-path", str(checkout), "--text", str(checkout.parent / "text"), "--limit", "1")
    assert (said.code, "shop/cart.py" in said.stdout, "stock" in said.stdout) == (0, True, False)


@pytest.mark.parametrize("arguments", [("--repo-path", "no-such-folder", "--text", "-"), ("--text", "-"), ()])
def test_what_makes_no_sense(run: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    """Exit code 2."""
    said = run("locate", *arguments)
    assert (said.code, said.stdout) == (2, "")


def test_an_empty_text(run: Callable[..., Any], checkout: Path) -> None:
    """Exit code 2, and the line says what to do."""
    (checkout.parent / "text").write_text(" \n")
    said = run("locate", "--repo-path", str(checkout), "--text", str(checkout.parent / "text"))
    assert (said.code, said.stderr) == (2, "Error: the text is empty - describe what is wrong or wanted\n")
