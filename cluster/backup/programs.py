"""PostgreSQL's own programs that dump and restore: those of the embedded server, or newer ones of the system."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL

from cluster.coordinator.owner import Owner
from cluster.coordinator.postgres import is_unpacked, programs_of
from domain.errors import ConfigurationError

_SSL = {"true": "require", "require": "require", "prefer": "prefer", "disable": "disable", "false": "disable"}
_PLAIN = ("--no-owner", "--no-privileges")


class Programs:
    """`pg_dump` and `pg_restore` of one place."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder, self._variables = folder, dict(variables)

    @classmethod
    async def find(cls, home: Path) -> "Programs":
        """The newest there are: older ones refuse a newer server.

        Raises:
            ConfigurationError: there are none.
        """
        owner = Owner(home)
        found: list[tuple[tuple[int, ...], Path, dict[str, str]]]
        found = [(_version(one, {}), one, {}) for one in _of_the_system()]
        try:
            if not is_unpacked(owner):
                owner.prepare()
            ours = await asyncio.to_thread(programs_of, owner)
            found.append((_version(ours, owner.variables()), ours, owner.variables()))
        except ImportError:  # the wheel is not for every platform
            pass
        usable = [one for one in found if one[0]]
        if not usable:
            raise ConfigurationError("pg_dump is not there", "install PostgreSQL's client programs")
        _, folder, variables = max(usable, key=lambda one: one[0])
        return cls(folder, variables)

    async def dump(self, url: URL, target: Path, only: Sequence[str]) -> None:
        """One moment's state of what `only` selects (options of `pg_dump`), to a new file."""
        await self._run("pg_dump", url, ["--format=custom", "--compress=0", *_PLAIN, *only], target=target)

    async def restore(self, url: URL, source: Path) -> None:
        """All of a dump or nothing of it, in place of what is there under the same names."""
        options = ["--single-transaction", "--exit-on-error", "--no-comments", *_PLAIN, "--clean", "--if-exists"]
        await self._run("pg_restore", url, options, source=source)

    async def tables(self, dump: Path) -> set[str]:
        """The names of the tables in a dump."""
        words = await asyncio.to_thread(self._call, ["pg_restore", "--list", str(dump)], {}, None)
        return set(re.findall(r"^\d+; \d+ \d+ TABLE \S+ (\S+) ", words, re.MULTILINE))

    async def _run(
        self, program: str, url: URL, options: list[str], source: Path | None = None, target: Path | None = None
    ) -> None:
        where = ["--host", url.host or "localhost", "--port", str(url.port or 5432)]
        where += ["--username", url.username or "postgres", "--no-password", "--dbname", url.database or ""]
        last = [str(source)] if source else []
        await asyncio.to_thread(self._call, [program, *where, *options, *last], _secrets(url), target)

    def _call(self, command: list[str], secret: dict[str, str], target: Path | None) -> str:
        command[0] = str(self._folder / command[0])
        variables = {**os.environ, **self._variables, **secret}
        if target is None:
            done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
        else:
            with target.open("xb") as output:
                done = subprocess.run(
                    command, stdout=output, stderr=subprocess.PIPE, text=True, env=variables, check=False
                )
        if done.returncode:
            words = " ".join(done.stderr.split())[:400]
            raise ConfigurationError(f"{Path(command[0]).name} failed: {words}", _remedy(words))
        return done.stdout or ""


def _secrets(url: URL) -> dict[str, str]:
    """What must not stand in a command line."""
    mode = str(url.query.get("ssl") or url.query.get("sslmode") or "")
    ssl = {"PGSSLMODE": _SSL.get(mode, mode)} if mode else {}
    return {**ssl, **({"PGPASSWORD": str(url.password)} if url.password else {})}


def _remedy(words: str) -> str:
    if "server version" in words:
        return "install the PostgreSQL client programs of the server's version"
    return "check the database and its rights"


def _of_the_system() -> list[Path]:
    found = shutil.which("pg_dump")
    beside = Path(found).parent if found else None
    return [beside] if beside and (beside / "pg_restore").exists() else []


def _version(folder: Path, variables: Mapping[str, str]) -> tuple[int, ...]:
    command = [str(folder / "pg_dump"), "--version"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **variables}, check=False, timeout=60
        )
    except OSError:
        return ()
    numbers = re.search(r"\) ([\d.]+)", done.stdout)
    return tuple(map(int, numbers.group(1).split("."))) if numbers else ()
