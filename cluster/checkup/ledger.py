"""The ledger: whole, of a version that this program knows, and not in the middle of a restore."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from adapters.cases.engine import engine_for
from adapters.cases.schema import version_of
from adapters.cases.tables import VERSION
from cluster.checkup.finding import Finding
from cluster.coordinator.alone import refuse_half_restored
from cluster.coordinator.options import Options
from cluster.coordinator.postgres import LEDGER, running_url
from domain.errors import ClusterError
from domain.settings import Settings


async def check_ledger(settings: Settings) -> Finding | None:
    """Nothing is upgraded or started for it; None where there is no ledger to look at now."""
    try:
        refuse_half_restored(settings.home)
        url = _url(settings)
        found = await engine_for(make_url(url)).run(version_of, writes=False) if url else None
    except ClusterError as error:
        return Finding.failure("ledger", error)
    except (SQLAlchemyError, OSError) as error:
        words = f"it can't be read: {' '.join(str(error).split())[:200]}"
        return Finding(check="ledger", verdict="failed", result=words, remedy="check the database, or restore a backup")
    if found is None:
        return None
    later = "" if found == VERSION else f"; the next start makes it schema {VERSION}, take a backup first"
    return Finding(check="ledger", verdict="ok", result=f"schema {found}{later}")


def _url(settings: Settings) -> str | None:
    if settings.database_url:
        return Options(database_url=settings.database_url.get_secret_value()).ledger_url
    if (settings.home / "ledger.db").exists():
        return f"sqlite:///{settings.home / 'ledger.db'}"
    return running_url(settings.home, LEDGER)
