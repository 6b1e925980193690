"""What the Prefect UI shows of a case: routing, receipt, spend, the link to the pull request."""

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

import httpx
from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
)

from domain.case import Case
from domain.pull_request import PullRequest
from domain.receipt import Receipt
from domain.routing import Routing
from domain.secrecy import hidden, hidden_in
from domain.spend import Spend
from domain.steps import STEPS

P = ParamSpec("P")
Shows = Callable[P, Coroutine[Any, Any, None]]
_MOST = 50
_log = logging.getLogger(__name__)


def _never_in_the_way(show: Shows[P]) -> Shows[P]:
    """A server that is away or in trouble shows nothing for now; the work goes on. What it refuses is our mistake."""

    @wraps(show)
    async def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await show(*args, **kwargs)
        except httpx.HTTPError as error:
            if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
                raise
            _log.warning("artifact not shown what=%s reason=%s", show.__name__, type(error).__name__)

    return shown


@_never_in_the_way
async def routing_artifact(case: Case, routing: Routing) -> None:
    """Every specialist's score with its reasons."""
    rows = [{"agent": one.agent, "score": one.score, "reasons": "; ".join(one.reasons)} for one in routing.scores]
    await acreate_table_artifact(
        hidden_in(rows), key=_key(case, "routing"), description=f"Specialists for #{case.issue.number}"
    )


@_never_in_the_way
async def receipt_artifact(case: Case, receipt: Receipt | None) -> None:
    """Base against head, test by test."""
    if receipt is None:
        await acreate_markdown_artifact("No tests were found.", key=_key(case, "receipt"))
        return
    lines = ["| | passed | failed | skipped |", "|---|---:|---:|---:|"]
    for name, tally in (("base", receipt.base), ("head", receipt.head)):
        lines.append(f"| {name} | {tally.passed} | {tally.failed} | {tally.skipped} |")
    for name in ("fixed", "broken", "already_failing", "flaky", "new", "tampered", "asked"):
        tests: tuple[str, ...] = getattr(receipt, name)
        if tests:
            lines += ["", f"**{name.replace('_', ' ')}**", "", *(f"- `{test}`" for test in tests[:_MOST])]
    await acreate_markdown_artifact(
        hidden("\n".join(lines)), key=_key(case, "receipt"), description=hidden(f"`{receipt.command}`")
    )


@_never_in_the_way
async def progress_artifact(case: Case, step: str) -> None:
    """How far the case is, in steps."""
    done = 100 * STEPS.index(step) / (len(STEPS) - 1)
    await acreate_progress_artifact(done, key=_key(case, "progress"), description=step.replace("_", " "))


@_never_in_the_way
async def spend_artifact(case: Case, spend: Spend) -> None:
    """Dollars and tokens, and the share of the cap that is used."""
    share = 100 * spend.cost_usd / case.limits.max_cost_usd
    await acreate_table_artifact([spend.model_dump()], key=_key(case, "spend"), description=f"Model: {case.model}")
    await acreate_progress_artifact(min(share, 100.0), key=_key(case, "budget"), description="Share of the cost cap")


@_never_in_the_way
async def pull_request_artifact(case: Case, pull: PullRequest) -> None:
    """The link to the pull request."""
    words = hidden(f"#{pull.number} {pull.title}")
    await acreate_link_artifact(pull.url, link_text=words, key=_key(case, "pull-request"), description=words)


def _key(case: Case, what: str) -> str:
    return f"{case.id}-{what}"
