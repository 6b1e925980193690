"""The live view."""

import io
from collections.abc import Callable
from typing import Any

from rich.console import Console

from cli.live import LiveView
from domain.case import CaseFile


def test_one_line_a_step_where_nobody_watches(a_file: Callable[..., CaseFile]) -> None:
    """Without a terminal each step is told once, with the specialist, and texts are no markup."""
    said = _shown(False, [a_file(step="preflight"), a_file(step="preflight"), a_file(step="generate", action="[red]")])
    assert [line.split("  ", 1)[1].strip() for line in said.splitlines()] == ["2/11  preflight", "5/11  generate"]


def test_a_terminal_shows_what_goes_on(a_file: Callable[..., CaseFile]) -> None:
    """The agent's last act and the cost are on the screen."""
    said = _shown(True, [a_file(step="generate", action="bash: echo [red]x[/red]")])
    assert "bash: echo [red]x[/red]" in said
    assert "$0.00 of $3.00, 0 calls" in said


def _shown(terminal: bool, files: list[Any]) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100, no_color=True)
    with LiveView(console) as view:
        for file in files:
            view.show(file)
    return text.getvalue()
