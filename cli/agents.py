"""`claude-cluster agents`: who there is, and who would work on an issue, with reasons."""

import asyncio
import json
import sys
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from agents.scoring import score
from agents.specialist import Specialist, load_specialists
from cli.output import result_console
from domain.errors import UsageError
from domain.issue import Issue
from domain.routing import Routing
from wiring.configuration import load_settings
from wiring.outside import Outside


@click.command()
@click.option("--issue", type=click.IntRange(min=1), help="Score this issue.")
@click.option("--repo", help="owner/name; default CLAUDE_CLUSTER_REPO.")
@click.option(
    "--text", type=click.Path(allow_dash=True), metavar="FILE|-", help="Score a text; its first line is the title."
)
@click.option(
    "--extra", multiple=True, type=click.Path(), metavar="FILE", help="A specialist's file, tried beside the others."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def agents(issue: int | None, repo: str | None, text: str | None, extra: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001 - click passes options by name
    """List the specialists; with an issue or a text, score them and say why."""
    if issue and text:
        raise UsageError("--issue and --text exclude each other", "give one of them")
    able = load_specialists(extra=tuple(map(read_text, extra)))
    if not issue and not text:
        _list(able, as_json=as_json)
        return 0
    routing = score(_from_text(text) if text else _from_forge(issue or 0, repo), able)
    if as_json:
        click.echo(json.dumps({"routing": routing.model_dump(mode="json")}, indent=2, ensure_ascii=False))
    else:
        result_console().print(_scores(routing))
    return 0


def read_text(name: str) -> str:
    """A file's text, or standard input's for `-`. Raises `UsageError` if it can't be read."""
    if name == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"{name} can't be read: {error.strerror}", "give a text file, or - for standard input"
        ) from error


def _from_text(name: str) -> Issue:
    title, _, body = read_text(name).strip().partition("\n")
    return Issue(repo="local/text", number=1, title=title.lstrip("# ").strip(), body=body.strip())


def _from_forge(number: int, repo: str | None) -> Issue:
    from cli.intake import repository_of

    settings = load_settings()
    return asyncio.run(Outside(settings).issues.issue(repository_of(repo, settings), number))


def _list(able: tuple[Specialist, ...], *, as_json: bool) -> None:
    if as_json:
        objects = [{"name": one.name, "title": one.title, "aliases": list(one.aliases)} for one in able]
        click.echo(json.dumps({"agents": objects}, indent=2, ensure_ascii=False))
        return
    table = Table(show_edge=False, header_style="bold")
    table.add_column("specialist", no_wrap=True)
    table.add_column("what for", overflow="fold")
    table.add_column("also called", overflow="fold")
    for one in able:
        table.add_row(one.name, one.title, ", ".join(one.aliases))
    result_console().print(table)


def _scores(routing: Routing) -> Table:
    table = Table(show_edge=False, header_style="bold")
    table.add_column("specialist", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in routing.scores:
        chosen = one.agent == routing.primary
        second = " (second)" if one.agent in routing.secondary else ""
        name = Text(one.agent + second, style="bold green" if chosen else "")
        table.add_row(name, f"{one.score:.2f}", Text("; ".join(one.reasons)))
    return table
