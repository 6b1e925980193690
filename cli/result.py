"""The result as people and as programs read it."""

import click
from rich.table import Table
from rich.text import Text

from cli.output import progress_console
from domain.outcome import Outcome, Result
from domain.receipt import Receipt

_DONE = {Outcome.OPENED, Outcome.UPDATED, Outcome.NO_CHANGE_NEEDED}


def print_result(result: Result, *, as_json: bool) -> None:
    """One JSON object on stdout; or the story on stderr and, as stdout's last line, the pull request's address."""
    if as_json:
        click.echo(result.model_dump_json(indent=2))
        return
    console = progress_console()
    colour = "green" if result.outcome in _DONE else "yellow" if result.outcome != Outcome.FAILED else "red"
    console.print(Text.assemble((result.outcome.value.replace("_", " "), f"bold {colour}"), f"  {result.reason or ''}"))
    if result.receipt:
        console.print(_receipt(result.receipt))
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


def _receipt(receipt: Receipt) -> Table:
    table = Table(title=f"receipt: {receipt.command}", title_justify="left", show_edge=False)
    for column in ("", "passed", "failed", "skipped"):
        table.add_column(column, justify="left" if not column else "right")
    for name, tally in (("base", receipt.base), ("head", receipt.head)):
        table.add_row(name, str(tally.passed), str(tally.failed), str(tally.skipped))
    for name in ("fixed", "broken", "already_failing", "flaky", "new", "tampered"):
        tests = getattr(receipt, name)
        if tests:
            table.add_row(name.replace("_", " "), Text(", ".join(tests[:3]) + (" ..." if len(tests) > 3 else "")))  # noqa: PLR2004 - the first few
    return table
