"""Figures over all cases, counted by the database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from adapters.cases.database import Database
from adapters.cases.step_times import step_times
from adapters.cases.tables import CASES
from domain.figures import Count, Figures, Worth

_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
_OTHERS = ("cost_usd", "model_s", "tests_s", "overhead_s")
_WITH_PULL = ("opened", "updated")


class SqlFigures:
    """Counts and sums; a ledger of ten thousand cases is not read case by case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Figures:
        """Everything that the status page and the metrics show."""
        return await self._database.read(_figures)

    async def worth(self) -> tuple[Worth, ...]:
        """For each specialist, model and repository what ended attempts have cost, and what was merged."""
        return await self._database.read(_worth)


def _figures(connection: Connection) -> Figures:
    keys = (CASES.c.status, CASES.c.specialty)
    sums = [func.sum(CASES.c[name]).label(name) for name in (*_TOKENS, *_OTHERS)]
    wanted = select(*keys, func.count().label("tasks"), func.min(CASES.c.created).label("oldest"), *sums)
    rows = connection.execute(wanted.group_by(*keys)).mappings().all()
    return Figures(
        counts=tuple(Count(status=row["status"], specialty=row["specialty"], tasks=row["tasks"]) for row in rows),
        oldest_s=_age(min((row["oldest"] for row in rows if row["status"] == "queued"), default=None)),
        steps=step_times(connection),
        **{name: int(sum(row[name] for row in rows)) for name in _TOKENS},
        **{name: float(sum(row[name] for row in rows)) for name in _OTHERS},
    )


def _worth(connection: Connection) -> tuple[Worth, ...]:
    keys = (
        func.coalesce(_text("routing", "primary"), ""),
        _text("case", "model"),
        _text("case", "repository", "name"),
    )
    pull = CASES.c.outcome.in_(_WITH_PULL)
    fix_rounds = CASES.c.file[("result", "fix_rounds")].as_integer()
    settled, merged = _text("settled", "pull"), _text("settled", "merged_at")
    columns = (
        func.count(),
        _share(pull),
        _share(merged.is_not(None)),
        _share(settled.is_not(None) & merged.is_(None)),
        _share(pull & (fix_rounds == 0)),
        func.coalesce(func.sum(fix_rounds), 0),
        func.sum(CASES.c.cost_usd),
    )
    rows = connection.execute(select(*keys, *columns).where(CASES.c.outcome.is_not(None)).group_by(*keys)).all()
    names = ("ended", "pull_requests", "merged", "closed", "first_pass", "rework_rounds", "cost_usd")
    return tuple(Worth(**dict(zip(("specialist", "model", "repo", *names), row, strict=True))) for row in rows)


def _text(*path: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = CASES.c.file[path].as_string()
    return found


def _share(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)


def _age(moment: datetime | None) -> float:
    if moment is None:
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((datetime.now(UTC) - aware).total_seconds(), 0.0)
