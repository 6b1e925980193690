"""Figures over all cases, counted by the database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from adapters.cases.database import Database
from adapters.cases.step_times import step_times
from adapters.cases.tables import CASES
from domain.figures import Count, Figures, Worth

_SPENT = ("cost_usd", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
_SECONDS = ("model_s", "tests_s", "overhead_s")
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
    specialty = func.coalesce(_text("routing", "primary"), _text("case", "specialist"), "")
    grouped = select(CASES.c.status, specialty, func.count()).group_by(CASES.c.status, specialty)
    counts = tuple(Count(status=row[0], specialty=row[1], tasks=row[2]) for row in connection.execute(grouped))
    sums = [_sum(("spend", name), ("earlier", "spend", name)) for name in _SPENT]
    sums += [_sum(("result", "timing", name), ("earlier", "timing", name)) for name in _SECONDS]
    values = dict(zip((*_SPENT, *_SECONDS), connection.execute(select(*sums)).one(), strict=True))
    oldest = connection.scalar(select(func.min(CASES.c.created)).where(CASES.c.status == "queued"))
    return Figures(
        counts=counts,
        oldest_s=_age(oldest),
        steps=step_times(connection),
        **{name: _whole(name, value) for name, value in values.items()},
    )


def _worth(connection: Connection) -> tuple[Worth, ...]:
    keys = (
        func.coalesce(_text("routing", "primary"), ""),
        _text("case", "model"),
        _text("case", "repository", "name"),
    )
    pull = CASES.c.outcome.in_(_WITH_PULL)
    settled, merged = _text("settled", "pull"), _text("settled", "merged_at")
    columns = (
        func.count(),
        _share(pull),
        _share(merged.is_not(None)),
        _share(settled.is_not(None) & merged.is_(None)),
        _share(pull & (CASES.c.file[("result", "fix_rounds")].as_integer() == 0)),
        _sum(("result", "fix_rounds")),
        _sum(("spend", "cost_usd"), ("earlier", "spend", "cost_usd")),
    )
    rows = connection.execute(select(*keys, *columns).where(CASES.c.outcome.is_not(None)).group_by(*keys)).all()
    names = ("ended", "pull_requests", "merged", "closed", "first_pass", "rework_rounds", "cost_usd")
    return tuple(Worth(**dict(zip(("specialist", "model", "repo", *names), row, strict=True))) for row in rows)


def _text(*path: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = CASES.c.file[path].as_string()
    return found


def _number(*path: str) -> ColumnElement[Any]:
    found: ColumnElement[Any] = CASES.c.file[path].as_float()
    return found


def _sum(*paths: tuple[str, ...]) -> ColumnElement[Any]:
    """Over all cases what stands at these places; what is not there counts nothing."""
    each = [func.coalesce(func.sum(_number(*path)), 0) for path in paths]
    return sum(each[1:], start=each[0])


def _share(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)


def _age(moment: datetime | None) -> float:
    if moment is None:
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((datetime.now(UTC) - aware).total_seconds(), 0.0)


def _whole(name: str, value: float) -> float | int:
    return int(value) if name.endswith("_tokens") else float(value)
