"""What the Prefect UI shows of a case: routing, receipt, difference, spend, the link to the pull request."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

import httpx
from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from domain.case import Case
from domain.change import Change
from domain.pull_request import PullRequest
from domain.receipt import Receipt
from domain.repository import RepositoryRules
from domain.routing import Routing, Score
from domain.secrecy import hidden
from domain.spend import Spend
from domain.steps import STEPS
from proof import neutral
from proof.account_text import money
from proof.neutral import Links
from proof.receipt_text import receipt_text
from proof.wording import words_for

P = ParamSpec("P")
Shows = Callable[P, Coroutine[Any, Any, None]]
_LONGEST_DIFF = 50_000  # characters; the browser lays all of it out at once
_LAST_S = 3.0  # for what is under way when a run ends, which may have to be soon
_log = logging.getLogger(__name__)
_progress: dict[str, UUID] = {}  # by task, of this process
_under_way: list["asyncio.Task[None]"] = []  # each begins when the one before it has ended


@asynccontextmanager
async def all_shown() -> AsyncIterator[None]:
    """What is shown inside is shown beside the work, and is there when the block ends, however it ends.

    Raises what the server refused, if nothing else is raised: that is our mistake.
    """
    try:
        yield
    finally:
        begun = _of_this_loop()
        _under_way.clear()
        if begun:
            await asyncio.wait(begun, timeout=_LAST_S)
    for one in begun:
        if one.done():
            one.result()


def _of_this_loop() -> list["asyncio.Task[None]"]:
    return [one for one in _under_way if one.get_loop() is asyncio.get_running_loop()]


def _never_in_the_way(show: Shows[P]) -> Callable[P, None]:
    """Begins to show it. A server that is away or in trouble shows nothing for now; the work goes on."""

    async def shown(before: "asyncio.Task[None] | None", *args: P.args, **kwargs: P.kwargs) -> None:
        if before:
            await asyncio.wait((before,))
        try:
            await show(*args, **kwargs)
        except httpx.HTTPError as error:
            if isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
                raise
            _log.warning("artifact not shown what=%s reason=%s", show.__name__, type(error).__name__)

    @wraps(show)
    def begun(*args: P.args, **kwargs: P.kwargs) -> None:
        last = next(reversed(_of_this_loop()), None)
        _under_way.append(asyncio.ensure_future(shown(last, *args, **kwargs)))

    return begun


@_never_in_the_way
async def routing_artifact(case: Case, routing: Routing) -> None:
    """Every specialist's score with its reasons."""
    links = Links.of(case)
    rows = [f"| {one.agent} | {one.score} | {_reasons(one, links)} |" for one in routing.scores]
    lines = ["| specialist | score | why |", "|---|---:|---|", *rows]
    await acreate_markdown_artifact(
        hidden("\n".join(lines)), key=_key(case, "routing"), description=f"Specialists for #{case.issue.number}"
    )


@_never_in_the_way
async def receipt_artifact(case: Case, rules: RepositoryRules, receipt: Receipt | None) -> None:
    """Base against head, test by test, as the pull request will show it; the newest round's."""
    say = words_for(rules, case.issue)
    text = "\n\n".join(receipt_text(receipt, case.base_sha, Links.of(case), say))
    await acreate_markdown_artifact(
        hidden(text), key=_key(case, "receipt"), description=f"Tests of #{case.issue.number}, base against head"
    )


@_never_in_the_way
async def change_artifact(case: Case, change: Change, *, shown: bool) -> None:
    """The files that change, and the difference unless it must not leave the machine."""
    rows = [f"| {_cell(one.path)} | {one.status} | {one.added} | {one.removed} |" for one in change.files]
    text = "The difference must not leave the machine that made it."
    if shown:
        text = neutral.fence(change.diff, "diff", _LONGEST_DIFF)
    lines = ["| file | | added | removed |", "|---|---|---:|---:|", *rows, "", text]
    await acreate_markdown_artifact(
        hidden("\n".join(lines)), key=_key(case, "diff"), description=f"Change for #{case.issue.number}"
    )


@_never_in_the_way
async def progress_artifact(case: Case, step: str) -> None:
    """How far the case is, in steps: one artifact a process, changed with each step, which costs the server less."""
    done, words = round(100 * STEPS.index(step) / (len(STEPS) - 1)), step.replace("_", " ")
    if known := _progress.get(case.id):
        await aupdate_progress_artifact(known, done, words)
    else:
        _progress[case.id] = await acreate_progress_artifact(done, key=_key(case, "progress"), description=words)


@_never_in_the_way
async def spend_artifact(case: Case, spend: Spend) -> None:
    """Dollars and tokens, and the share of the cap that is used."""
    cap = case.limits.max_cost_usd
    rows = [
        {"what": "cost, US dollars", "used": money(spend.cost_usd)},
        {"what": "cap, US dollars", "used": money(cap)},
        {"what": "calls of the model", "used": f"{spend.calls:,}"},
        {"what": "input tokens", "used": f"{spend.input_tokens:,}"},
        {"what": "tokens read from the cache", "used": f"{spend.cache_read_tokens:,}"},
        {"what": "tokens written to the cache", "used": f"{spend.cache_write_tokens:,}"},
        {"what": "output tokens", "used": f"{spend.output_tokens:,}"},
    ]
    await acreate_table_artifact(rows, key=_key(case, "spend"), description=f"Model: {case.model}")
    share = min(100 * spend.cost_usd / cap, 100.0)
    await acreate_progress_artifact(round(share, 1), key=_key(case, "budget"), description="Share of the cost cap")


@_never_in_the_way
async def pull_request_artifact(case: Case, pull: PullRequest) -> None:
    """The link to the pull request."""
    words = hidden(f"#{pull.number} {pull.title}")
    await acreate_link_artifact(pull.url, link_text=words, key=_key(case, "pull-request"), description=words)


def _reasons(score: Score, links: Links) -> str:
    return "; ".join(neutral.sentence(reason, links) for reason in score.reasons).replace("|", r"\|")


def _cell(text: str) -> str:
    return neutral.code(text).replace("|", r"\|")


def _key(case: Case, what: str) -> str:
    return f"{case.id}-{what}"
