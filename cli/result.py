"""The result as people and as programs read it."""

import json

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import progress_console
from domain.outcome import Outcome, Result
from domain.receipt import Receipt

_FEW = 5
_DONE = {Outcome.OPENED, Outcome.UPDATED, Outcome.NO_CHANGE_NEEDED}


def print_result(result: Result, *, as_json: bool) -> None:
    """One JSON object on stdout; or the story on stderr and, as stdout's last line, the pull request's address."""
    if as_json:
        click.echo(json.dumps(result.told(), indent=2, ensure_ascii=False))
        return
    console = progress_console()
    if result.outcome is Outcome.FAILED:
        console.print(f"Error: {result.reason}", markup=False, soft_wrap=True)
        return
    colour = "green" if result.outcome in _DONE else "yellow"
    words = result.outcome.value.replace("_", " ")
    console.print(Text.assemble((words, f"bold {colour}"), f"  {result.reason or ''}"))
    if result.receipt:
        _print_receipt(result.receipt, console)
    if result.review:
        console.print(f"reviewed by {result.review.agent}: {result.review.verdict.replace('_', ' ')}", markup=False)
    spend, timing = result.spend, result.timing
    console.print(
        f"${spend.cost_usd:.4f} in {spend.calls} calls; {timing.total_s:.1f} s"
        f" (model {timing.model_s:.1f}, tests {timing.tests_s:.1f}, overhead {timing.overhead_s:.1f})",
        markup=False,
    )
    if result.dry_run and result.diff:
        click.echo(result.diff)
    if result.pull_request:
        click.echo(result.pull_request.url)


def _print_receipt(receipt: Receipt, console: Console) -> None:
    table = Table(title=f"receipt: {receipt.command}", title_justify="left", show_edge=False)
    for column in ("", "passed", "failed", "skipped"):
        table.add_column(column, justify="right" if column else "left")
    for name, tally in (("base", receipt.base), ("head", receipt.head)):
        table.add_row(name, str(tally.passed), str(tally.failed), str(tally.skipped))
    console.print(table)
    for name in ("fixed", "broken", "already_failing", "flaky", "new", "tampered", "asked"):
        tests: tuple[str, ...] = getattr(receipt, name)
        if tests:
            more = f"  (and {len(tests) - _FEW} more)" if len(tests) > _FEW else ""
            console.print(f"{name.replace('_', ' ')}:", markup=False, style="bold")
            for test in tests[:_FEW]:
                console.print(f"  {test}", markup=False, no_wrap=True, overflow="ellipsis")
            if more:
                console.print(more, markup=False)
