"""What the money brought: cost for each merged pull request, and how often the first try was good."""

from collections.abc import Callable, Iterable
from typing import Any

from domain.figures import Worth


def worth_object(rows: Iterable[Worth]) -> dict[str, Any]:
    """The object of `report --json`: the whole, and the same by specialist, model and repository.

    `cost_per_merged_usd` spreads all cost, that of refusals too, over what was merged; null before the first merge.
    `first_pass_rate` is the share of pull requests that needed no fix round, null before the first.
    """
    every = tuple(rows)
    by: dict[str, Callable[[Worth], str]] = {
        "specialist": lambda one: one.specialist,
        "model": lambda one: one.model,
        "repo": lambda one: one.repo,
    }
    return {"all": _sum(every), **{f"by_{name}": _grouped(every, key) for name, key in by.items()}}


def _grouped(rows: tuple[Worth, ...], key: Callable[[Worth], str]) -> dict[str, dict[str, Any]]:
    return {name: _sum([one for one in rows if key(one) == name]) for name in sorted({key(one) for one in rows})}


def _sum(rows: Iterable[Worth]) -> dict[str, Any]:
    every = tuple(rows)
    total = {
        name: sum(getattr(one, name) for one in every)
        for name in ("ended", "pull_requests", "merged", "closed", "first_pass", "rework_rounds", "cost_usd")
    }
    cost, merged, opened = total["cost_usd"], total["merged"], total["pull_requests"]
    return {
        **total,
        "cost_usd": round(cost, 4),
        "cost_per_merged_usd": round(cost / merged, 4) if merged else None,
        "first_pass_rate": round(total["first_pass"] / opened, 4) if opened else None,
    }
