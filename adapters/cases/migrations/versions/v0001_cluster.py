"""Cases, claims, money, and what a cluster keeps of its nodes, runs and deliveries."""

from alembic.operations import Operations
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

revision, down_revision = "0001", None

_TABLES = MetaData()

Table("ledger", _TABLES, Column("version", Integer, primary_key=True, autoincrement=False))

Table(
    "cases",
    _TABLES,
    Column("id", String(40), primary_key=True),
    Column("day", String(8), nullable=False),
    Column("number", Integer, nullable=False),
    Column("forge", String(255), nullable=False),
    Column("repository_id", BigInteger, nullable=False),
    Column("issue", Integer, nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("outcome", String(20)),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("request", JSON, nullable=False),
    Column("file", JSON, nullable=False),
    UniqueConstraint("day", "number"),
    Index("cases_of_issue", "forge", "repository_id", "issue"),
)

Table(
    "claims",
    _TABLES,
    Column("forge", String(255), primary_key=True),
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("issue", Integer, primary_key=True, autoincrement=False),
    Column("task_id", String(40), nullable=False),
    Column("holder", String(255), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Float, nullable=False),
)

Table(
    "reservations",
    _TABLES,
    Column("id", String(32), primary_key=True),
    Column("task_id", String(40), nullable=False, index=True),
    Column("day", String(8), nullable=False, index=True),
    Column("reserved", BigInteger, nullable=False),
    Column("settled", BigInteger),
)

Table(
    "refused_accounts",
    _TABLES,
    Column("account", String(64), primary_key=True),
    Column("reason", String(1_000), nullable=False),
    Column("next_try", Float, nullable=False),
)

Table(
    "deliveries",
    _TABLES,
    Column("number", Integer, primary_key=True),
    Column("id", String(100), nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("about", String(40), nullable=False),
    Column("received", Float, nullable=False, index=True),
    Column("due", Float, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("verdict", String(1_000), index=True),
    Column("delivery", JSON, nullable=False),
)

Table(
    "remarks",
    _TABLES,
    Column("number", Integer, primary_key=True),
    Column("task_id", String(40), nullable=False, index=True),
    Column("author", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String(100), nullable=False, unique=True),
)

Table(
    "nodes",
    _TABLES,
    Column("id", String(63), primary_key=True),
    Column("card", JSON, nullable=False),
    Column("joined", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("running", Integer, nullable=False),
    Column("draining", Integer, nullable=False),
)

Table(
    "submissions",
    _TABLES,
    Column("id", String(100), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("file", JSON, nullable=False),
    Column("updated", Float, nullable=False, index=True),
)

Table(
    "turns",
    _TABLES,
    Column("key", String(100), primary_key=True),
    Column("free", Float, nullable=False),
)

Table(
    "runs",
    _TABLES,
    Column("task_id", String(40), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("cause", String(20), nullable=False),
    Column("pool", String(100), nullable=False),
    Column("queue", String(100), nullable=False),
    Column("run_id", String(40), index=True),
    Column("created", Float, nullable=False),
    Column("checked", Float, nullable=False, index=True),
)


def upgrade(op: Operations) -> None:
    """Create the tables that are missing: before alembic, programs of one number did not all have the same ones."""
    _TABLES.create_all(op.get_bind())
