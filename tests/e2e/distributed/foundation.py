"""What every coordinator makes once, made once for all tests: unpacked programs, a database, Prefect's tables."""

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from cluster.coordinator.owner import Owner
from cluster.coordinator.postgres import PREFECT, Postgres

_MIGRATE_S = 300


@dataclass(frozen=True)
class Foundation:
    """The state folder of a coordinator that never ran: nothing in its databases but Prefect's empty tables."""

    home: Path

    @classmethod
    def made(cls, shared: Path) -> "Foundation":
        """The one in a folder that all test processes of this run know."""
        found = cls(shared / "foundation")
        with FileLock(shared / "foundation.lock"):
            if not (shared / "foundation.ready").exists():
                found.home.mkdir(mode=0o700)
                asyncio.run(_made(found.home))
                _copy(Owner(found.home).folder, found.home / "files")
                shutil.rmtree(Owner(found.home).folder)
                (shared / "foundation.ready").touch()
        return found

    def lay(self, home: Path) -> None:
        """Begin a state folder with it."""
        home.mkdir(mode=0o700, parents=True)
        shutil.copy2(self.home / "postgres-password", home)
        owner = Owner(home)
        owner.prepare()
        _copy(self.home / "files", owner.folder)


def _copy(source: Path, target: Path) -> None:
    """With owners and rights, which `shutil` does not keep."""
    target.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


async def _made(home: Path) -> None:
    server = await Postgres.start(home)
    try:
        told = {
            "PREFECT_API_DATABASE_CONNECTION_URL": server.url(PREFECT),
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_API_URL": "",
        }
        command = [sys.executable, "-P", "-m", "prefect", "server", "database", "upgrade", "-y"]
        await asyncio.to_thread(
            subprocess.run, command, env={**os.environ, **told}, check=True, capture_output=True, timeout=_MIGRATE_S
        )
    finally:
        await server.stop()
