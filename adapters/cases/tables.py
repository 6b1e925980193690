"""The ledger's tables. A change here needs a new `VERSION`, and a step in `migrations` for older ledgers."""

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
    text,
)

VERSION = 3

METADATA = MetaData()

# One row, the schema: whoever writes holds it, so that a server database has one writer at a time, as SQLite has.
SCHEMA = Table("ledger", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))

# `file` is the case file as JSON and the truth; the columns beside it are there to be searched, and summed:
# US dollars, tokens and seconds are those of all attempts.
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
    Column("specialty", Text, nullable=False, server_default=""),
    Column("cost_usd", Float, nullable=False, server_default=text("0")),
    Column("input_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("cache_read_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("cache_write_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("output_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("model_s", Float, nullable=False, server_default=text("0")),
    Column("tests_s", Float, nullable=False, server_default=text("0")),
    Column("overhead_s", Float, nullable=False, server_default=text("0")),
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

# In which step a task is, and since when, in seconds since 1970 by the clock of the machine with the ledger.
STEPS_NOW = Table(
    "steps_now",
    METADATA,
    Column("task_id", String(40), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("step", String(40), nullable=False),
    Column("since", Float, nullable=False),
)

# How long finished steps took: those that took at most `up_to` seconds, and no less than the bound before it.
STEP_TIMES = Table(
    "step_times",
    METADATA,
    Column("step", String(40), primary_key=True),
    Column("up_to", Float, primary_key=True),
    Column("steps", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
)

# Webhook deliveries: `delivery` is what was kept of one, as JSON; `verdict` is null until it is settled.
# `number` is the order in which they came in, `about` what must be kept in order; times are in seconds since 1970.
DELIVERIES = Table(
    "deliveries",
    METADATA,
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

# What people said to the agents of tasks; `source` names what it was said with, so that it is said once.
REMARKS = Table(
    "remarks",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("task_id", String(40), nullable=False, index=True),
    Column("author", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String(100), nullable=False, unique=True),
)

# Nodes that have joined; `card` is what they said of themselves, times are in seconds since 1970. One that
# has left keeps its row with `seen` 0.
NODES = Table(
    "nodes",
    METADATA,
    Column("id", String(63), primary_key=True),
    Column("card", JSON, nullable=False),
    Column("joined", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("running", Integer, nullable=False),
    Column("draining", Integer, nullable=False),
)

# What came in over the API under an id of the caller's: the same id with the same body is the same thing.
SUBMISSIONS = Table(
    "submissions",
    METADATA,
    Column("id", String(100), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("file", JSON, nullable=False),
    Column("updated", Float, nullable=False, index=True),
)

# When, in seconds since 1970, the next one may act under a key: writes to a forge, calls of an account.
TURNS = Table(
    "turns",
    METADATA,
    Column("key", String(100), primary_key=True),
    Column("free", Float, nullable=False),
)

# The runs that were asked for, in their order: `number` counts those of an attempt, `run_id` is null until the
# Prefect server has it (an outbox), `checked` is when it was last looked at, in seconds since 1970.
RUNS = Table(
    "runs",
    METADATA,
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

# Parts of an attempt that other specialists do. `holder` is the process that has one, `lease_until` is 0 until
# somebody began and once that process is known to be gone; times are in seconds since 1970.
SHARES = Table(
    "shares",
    METADATA,
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
