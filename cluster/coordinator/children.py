"""The coordinator's children: started in order, started again when they end, ended in the other order."""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path

from cluster.coordinator.alone import refuse_half_restored
from cluster.coordinator.options import Options
from cluster.coordinator.postgres import LEDGER, PREFECT, Postgres
from cluster.coordinator.prefect_process import PrefectPlace, PrefectProcess
from cluster.lifeline import end_family, ends_with_parent
from domain.errors import ConfigurationError
from domain.settings import Settings

_READY_S = 300  # on a busy machine a Prefect server that has just begun needs its time
_STOP_S = 4  # for each child: the coordinator ends within 15 s
_LOOK_S = 1.0
_log = logging.getLogger(__name__)


class Children:
    """PostgreSQL (where none is given), the Prefect server, and the worker for `dispatch`."""

    def __init__(self, settings: Settings, options: Options, auth: str | None) -> None:
        self._home, self._options, self._auth = settings.home, options, auth
        self._postgres: Postgres | None = None
        self._prefect: PrefectProcess | None = None
        self._dispatcher: subprocess.Popen[str] | None = None
        self._variables: dict[str, str] = {}

    async def start_database(self) -> str | None:
        """The ledger's address; None for a file in the state folder. Raises `ConfigurationError`."""
        if self._options.database_url is None:
            self._postgres = await Postgres.start(self._home)
            return self._postgres.url(LEDGER)
        return self._options.ledger_url

    def start_prefect(self) -> None:
        """The server on its database; it is not waited for."""
        options = self._options
        place = PrefectPlace(
            host=options.host,
            port=options.prefect_port,
            database_url=self._prefect_database(),
            auth=self._auth,
            tls=options.tls,
        )
        self._prefect = PrefectProcess.start(self._home, place)

    def check(self) -> None:
        """Raises `ConfigurationError` if the Prefect server has ended."""
        if self._prefect:
            self._prefect.check()

    async def start_dispatcher(self, variables: dict[str, str]) -> None:
        """Register pools and deployments, and serve `dispatch`. Raises `ConfigurationError` if that fails."""
        self._variables = variables
        log = self._home / "logs" / "claude-cluster.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        self._dispatcher = _dispatcher(self._options, log, self._home, variables)
        try:
            line = await asyncio.wait_for(asyncio.to_thread(self._dispatcher.stdout.readline), _READY_S)  # type: ignore[union-attr]
        except TimeoutError:
            line = ""
        if line.strip() != "ready":
            await asyncio.to_thread(end_family, self._dispatcher, _STOP_S)
            raise ConfigurationError("pools and deployments were not registered", f"look at {log}")

    async def watch(self) -> None:
        """Start again what ends, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self._mend()
            except ConfigurationError as error:
                _log.error("a child does not start: %s", error)
                await asyncio.sleep(10 * _LOOK_S)

    async def stop(self) -> None:
        """End them, the youngest first."""
        if self._dispatcher:
            await asyncio.to_thread(end_family, self._dispatcher, _STOP_S)
        if self._prefect:
            await self._prefect.stop(_STOP_S)
        if self._postgres:
            await self._postgres.stop(_STOP_S)

    async def _mend(self) -> None:
        if self._postgres and not self._postgres.alive:
            _log.error("PostgreSQL has ended; it is started again")
            self._postgres = await Postgres.start(self._home, self._postgres.port)
        if self._prefect and not self._prefect.alive:
            _log.error("the Prefect server has ended; it is started again")
            self.start_prefect()
        if self._dispatcher and self._dispatcher.poll() is not None:
            _log.error("the worker for dispatch has ended; it is started again")
            await self.start_dispatcher(self._variables)

    def _prefect_database(self) -> str:
        if self._postgres:
            return self._postgres.url(PREFECT)
        given = self._options.ledger_url or ""
        if given.startswith("sqlite"):
            return f"sqlite+aiosqlite:///{self._home / 'prefect' / 'prefect.db'}"
        return given  # both keep their tables in one database: none has the name of another


def _dispatcher(options: Options, log: Path, home: Path, variables: dict[str, str]) -> "subprocess.Popen[str]":
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cluster.coordinator.dispatcher", options.kind],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd=home,
            env=variables,
            text=True,
            start_new_session=True,
            preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call
        )


def state_folder(home: Path) -> Path:
    """The state folder, made for the owner alone; its logs are, too, where others must pass through to the database.

    Raises:
        ConfigurationError: a restore of it was broken off.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_half_restored(home)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    (home / "logs").chmod(0o700)
    return home
