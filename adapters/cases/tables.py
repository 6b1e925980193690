"""The ledger's tables. A change here needs a new `VERSION` and a step that brings older ledgers along."""

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
    UniqueConstraint,
)

VERSION = 1

METADATA = MetaData()

# One row. Whoever writes holds it, so that a server database has one writer at a time, as SQLite has.
SCHEMA = Table("ledger", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))

# `file` is the case file as JSON and the truth; the columns beside it are there to be searched.
CASES = Table(
    "cases",
    METADATA,
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

# `lease_until` is in seconds since 1970; a released claim keeps its row and with it the number.
CLAIMS = Table(
    "claims",
    METADATA,
    Column("forge", String(255), primary_key=True),
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("issue", Integer, primary_key=True, autoincrement=False),
    Column("task_id", String(40), nullable=False),
    Column("holder", String(255), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Float, nullable=False),
)

# Millionths of a US dollar; `settled` is null while the call is under way.
RESERVATIONS = Table(
    "reservations",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("task_id", String(40), nullable=False, index=True),
    Column("day", String(8), nullable=False, index=True),
    Column("reserved", BigInteger, nullable=False),
    Column("settled", BigInteger),
)

# Accounts that the model's service refused; `next_try` is in seconds since 1970.
REFUSED_ACCOUNTS = Table(
    "refused_accounts",
    METADATA,
    Column("account", String(64), primary_key=True),
    Column("reason", String(1_000), nullable=False),
    Column("next_try", Float, nullable=False),
)
