"""What a case has used over all attempts, and its specialty, beside its file: the figures need not read the files."""

from typing import Any

from alembic.operations import Operations
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    select,
    text,
    update,
)

revision, down_revision = "0003", "0002"

_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
_SECONDS = ("model_s", "tests_s", "overhead_s")
_AT_ONCE = 500


def _zero(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, server_default=text("0"))


_CASES = Table(
    "cases",
    MetaData(),
    Column("id", String(40), primary_key=True),
    Column("file", JSON, nullable=False),
    Column("specialty", Text, nullable=False, server_default=""),
    _zero("cost_usd", Float),
    *(_zero(name, BigInteger) for name in _TOKENS),
    *(_zero(name, Float) for name in _SECONDS),
)


def upgrade(op: Operations) -> None:
    """Add the columns and fill them, a bounded number of case files at a time."""
    for column in list(_CASES.c)[2:]:
        op.add_column("cases", column)
    _fill(op.get_bind())


def _fill(connection: Connection) -> None:
    # Read here, not by the database: PostgreSQL can't look into a file with a NUL, which earlier programs wrote.
    change = update(_CASES).where(_CASES.c.id == bindparam("its_id"))
    last = ""
    wanted = select(_CASES.c.id, _CASES.c.file).order_by(_CASES.c.id).limit(_AT_ONCE)
    while rows := connection.execute(wanted.where(_CASES.c.id > last)).all():
        connection.execute(change, [{"its_id": row.id, **_values(row.file)} for row in rows])
        last = rows[-1].id


def _values(file: Any) -> dict[str, Any]:
    specialty = _at(file, "routing", "primary") or _at(file, "case", "specialist") or ""
    values: dict[str, Any] = {"specialty": specialty.replace("\0", "\ufdd0")}
    for name in ("cost_usd", *_TOKENS):
        values[name] = (_at(file, "spend", name) or 0) + (_at(file, "earlier", "spend", name) or 0)
    for name in _SECONDS:
        values[name] = (_at(file, "result", "timing", name) or 0) + (_at(file, "earlier", "timing", name) or 0)
    return values


def _at(file: Any, *path: str) -> Any:
    """What stands at a place of a case file; None where earlier programs had no such place, or nothing in it."""
    for name in path:
        file = (file or {}).get(name)
    return file
