"""`agents`: who there is and who would work."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.rehearsal import Rehearsal

_NO_FRONT = "extra specialist 1: no front matter - begin the file with a line of ---"
_SEVEN = ["backend", "frontend", "testing", "devops", "database", "docs", "security"]


def test_all_of_them(run: Callable[..., Any]) -> None:
    """The seven bundled specialists with their aliases, as a table and as JSON."""
    told = json.loads(run("agents", "--json").stdout)
    assert [one["name"] for one in told["agents"]] == _SEVEN
    assert all(one["title"] and one["aliases"] for one in told["agents"])
    shown = run("agents").stdout
    assert [name for name in _SEVEN if name not in shown] == []


def test_a_text_is_scored(run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file or from standard input; the first line is the title; the object is that of `workflow --json`."""
    text = "The login button overlaps the menu in CSS\n\nOn small screens the React header breaks."
    (tmp_path / "issue.txt").write_text(text)
    told = json.loads(run("agents", "--text", str(tmp_path / "issue.txt"), "--json").stdout)
    assert set(told) == {"routing"}
    assert set(told["routing"]) == {"primary", "secondary", "scores"}
    assert told["routing"]["primary"] == "frontend"
    assert sorted(one["agent"] for one in told["routing"]["scores"]) == sorted(_SEVEN)
    assert told["routing"]["scores"][0]["reasons"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert json.loads(run("agents", "--text", "-", "--json").stdout) == told


def test_an_issue_is_scored(run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read from the forge; needs no key for the model."""
    with Rehearsal(tmp_path) as rehearsal:
        for name, value in rehearsal.environment().items():
            if name.startswith("GITHUB_"):
                monkeypatch.setenv(name, value)
        said = run("agents", "--issue", "1", "--repo", rehearsal.repo, "--json")
        assert json.loads(said.stdout)["routing"]["primary"] == "backend"
        assert "backend" in run("agents", "--issue", "1", "--repo", rehearsal.repo).stdout
        assert rehearsal.model.requests() == ()


def test_a_specialist_is_tried_before_it_is_in_a_repository(run: Callable[..., Any], tmp_path: Path) -> None:
    """A file of one's own stands beside the built-in ones and is scored with them; a mistake in it is one line."""
    own, issue, wrong = (tmp_path / name for name in ("games.md", "issue.txt", "wrong.md"))
    own.write_text("---\nname: games\ntitle: Game engineer\nsignals:\n  decisive: hit box\n---\nYou work on a game.\n")
    issue.write_text("The hit box of the dragon is too large")
    wrong.write_text("no front matter")
    told = json.loads(run("agents", "--text", str(issue), "--extra", str(own), "--json").stdout)
    assert told["routing"]["primary"] == "games"
    assert [one["name"] for one in json.loads(run("agents", "--extra", str(own), "--json").stdout)["agents"]] == [
        *_SEVEN,
        "games",
    ]
    said = run("agents", "--extra", str(wrong))
    assert (said.code, said.stderr) == (2, f"Error: {_NO_FRONT}\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--issue", "1", "--text", "-"), "Error: --issue and --text exclude each other - give one of them"),
        (("--text", "no-such-file"), "Error: no-such-file can't be read: No such file or directory"),
        (("--issue", "1"), "Error: no repository was given"),
    ],
)
def test_what_makes_no_sense(run: Callable[..., Any], arguments: tuple[str, ...], line: str) -> None:
    """Exit code 2 and one line."""
    said = run("agents", *arguments)
    assert (said.code, said.stdout) == (2, "")
    assert said.stderr.startswith(line)


def test_reasons_are_data(run: Callable[..., Any], tmp_path: Path) -> None:
    """Markup and control characters of an issue do not reach the terminal."""
    (tmp_path / "issue.txt").write_text("[red]api[/red] \x1b[31m`api`[/]\n\n[bold]endpoint \x07[/bold]")
    said = run("agents", "--text", str(tmp_path / "issue.txt"))
    assert said.code == 0
    assert "\x1b" not in said.stdout
    assert "\x07" not in said.stdout
