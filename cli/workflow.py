"""`claude-cluster workflow`: an issue in, a pull request out."""

import math

import click

from cli.execute import execute
from cli.intake import check_machine, open_for, repository_of
from cluster.stored import desk_with_blocks
from domain.case import WorkRequest
from domain.errors import UsageError
from wiring.configuration import load_settings


@click.command()
@click.option("--issue", type=click.IntRange(min=1), required=True, help="The issue's number.")
@click.option("--repo", help="owner/name; default CLAUDE_CLUSTER_REPO.")
@click.option("--base", help="Branch to start from and to merge into; default the repository's.")
@click.option("--specialist", help="Who works, by name or alias; then nothing is scored.")
@click.option("--dry-run", is_flag=True, help="Everything but push, pull request and comments; the model is paid.")
@click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), metavar="USD", help="Cap for this run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def workflow(
    issue: int,
    repo: str | None,
    base: str | None,
    specialist: str | None,
    dry_run: bool,  # noqa: FBT001 - click passes options by name
    max_cost: float | None,
    as_json: bool,  # noqa: FBT001 - click passes options by name
) -> int:
    """Take an issue to a pull request, with live progress; the last line is its address."""
    if max_cost is not None and not math.isfinite(max_cost):
        raise UsageError(f"--max-cost {max_cost} is no cap", "give an amount in US dollars")
    settings = load_settings()
    desk = desk_with_blocks(settings)
    request = WorkRequest(
        repo=repository_of(repo, settings),
        issue=issue,
        base=base,
        specialist=specialist,
        dry_run=dry_run,
        max_cost_usd=max_cost,
    )
    check_machine(desk)
    return execute(open_for(request, desk), desk, as_json=as_json)
