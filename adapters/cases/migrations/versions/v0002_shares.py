"""Parts of an issue, and how long steps take."""

from alembic.operations import Operations
from sqlalchemy import JSON, Column, Float, Integer, MetaData, String, Table

revision, down_revision = "0002", "0001"

_TABLES = MetaData()

Table(
    "steps_now",
    _TABLES,
    Column("task_id", String(40), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("step", String(40), nullable=False),
    Column("since", Float, nullable=False),
)

Table(
    "step_times",
    _TABLES,
    Column("step", String(40), primary_key=True),
    Column("up_to", Float, primary_key=True),
    Column("steps", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
)

Table(
    "shares",
    _TABLES,
    Column("task_id", String(40), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("part", JSON, nullable=False),
    Column("pool", String(100), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("node", String(100)),
    Column("holder", String(255), nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("start_by", Float, nullable=False),
    Column("run_id", String(40), index=True),
    Column("offered", Float, nullable=False),
    Column("spend", JSON, nullable=False),
    Column("handed", JSON),
    Column("reason", String(1_000), nullable=False),
)


def upgrade(op: Operations) -> None:
    """Create the tables that are missing: before alembic, programs of one number did not all have the same ones."""
    _TABLES.create_all(op.get_bind())
