"""The ledger's schema: found, brought along from earlier versions in one transaction, or refused."""

import logging
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, func, insert, inspect, select, update

from adapters.cases.tables import METADATA, SCHEMA, VERSION
from domain.errors import ConfigurationError

STEPPED = "ledger_schema"  # Prefect's alembic has the usual name in what may be the same database
_STEPPED = Table(STEPPED, MetaData(), Column("version_num", String(32), primary_key=True))
_LOCK = 0x1ED6E4
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Steps:
    """A folder of alembic's revisions, whose numbers are the versions, and the number of the last one."""

    folder: Path
    version: int


OURS = Steps(Path(__file__).parent / "migrations" / "versions", VERSION)


def bring_up(connection: Connection, steps: Steps = OURS) -> None:
    """Make or upgrade the tables; the caller's transaction has all of it or nothing.

    Of processes that come at the same moment, one does the work and the others find it done.

    Raises:
        ConfigurationError: a newer program wrote the ledger, or it is not whole.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    marks = _marks(connection, steps.version)
    if marks.stepped is None or marks.stepped < steps.version:
        _upgrade(connection, steps)
        if marks.version:
            _log.info("the ledger was upgraded from=%s to=%s", marks.version, steps.version)


def version_of(connection: Connection) -> int | None:
    """The version of a ledger as it lies there; None where there is none. Raises as `bring_up` does."""
    return _marks(connection, VERSION).version


def refuse_newer(found: int, known: int = VERSION) -> None:
    """Raises `ConfigurationError` if a newer program wrote the ledger, perhaps while this one ran."""
    if found > known:
        raise ConfigurationError(
            f"the ledger was written by a newer version (schema {found}, this version knows {known})",
            "update claude-cluster on this machine, or restore a backup from before the update",
        )


@dataclass(frozen=True)
class _Marks:
    """`noted` is what programs from before alembic go by, `stepped` what alembic does."""

    noted: int | None
    stepped: int | None

    @property
    def version(self) -> int | None:
        return max(self.noted or 0, self.stepped or 0) or None


def _marks(connection: Connection, known: int) -> _Marks:
    there = set(inspect(connection).get_table_names())
    noted = connection.scalar(select(SCHEMA.c.version)) if SCHEMA.name in there else None
    stepped = connection.scalar(select(_STEPPED.c.version_num)) if STEPPED in there else None
    marks = _Marks(noted, None if stepped is None else int(stepped))
    refuse_newer(marks.version or 0, known)
    if marks.stepped is not None:
        _refuse_gaps(marks, there)
    return marks


def _refuse_gaps(marks: _Marks, there: set[str]) -> None:
    """No upgrade leaves these, for each is one transaction: a copy made table by table does."""
    missing = sorted(set(METADATA.tables) - there) if marks.stepped == VERSION else []
    if missing or marks.noted != marks.stepped:
        words = f"{', '.join(missing)} missing" if missing else f"noted as {marks.noted}"
        raise ConfigurationError(
            f"the ledger is not whole: {words}, though its upgrade to schema {marks.stepped} was finished",
            "restore a backup: claude-cluster-distributed restore FILE --force",
        )


def _upgrade(connection: Connection, steps: Steps) -> None:
    from alembic.operations import Operations  # noqa: PLC0415 - a third of a second, and rarely needed
    from alembic.runtime.migration import MigrationContext, MigrationStep  # noqa: PLC0415 - the same
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - the same

    folder = ScriptDirectory(str(steps.folder), version_locations=[str(steps.folder)])

    def missing(heads: tuple[str, ...], _context: MigrationContext) -> list[MigrationStep]:
        found = folder.iterate_revisions("heads", heads or None, implicit_base=True)
        return [MigrationStep.upgrade_from_script(folder.revision_map, one) for one in reversed(list(found))]

    options = {"fn": missing, "version_table": STEPPED}
    context = MigrationContext.configure(connection, opts=options)
    # Handed over, not alembic's global `op`: several ledgers may come up at once in one process.
    context.run_migrations(op=Operations(context))
    if connection.execute(update(SCHEMA).values(version=steps.version)).rowcount == 0:
        connection.execute(insert(SCHEMA).values(version=steps.version))
