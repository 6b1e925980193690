"""The coordinator's own PostgreSQL, where none is given: a child process with its files in the state folder."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
from pydantic import SecretStr

from cluster.coordinator.owner import Owner
from cluster.lifeline import ends_with_parent
from domain.errors import ConfigurationError
from domain.secrecy import keep_secret

LEDGER, PREFECT = "ledger", "prefect"
_ADMIN = "claude_cluster"
_START_S, _STOP_S = 60, 10
# Its own defaults keep every transaction on disk; this is for a machine that it shares with others.
_SETTINGS = ("max_connections=200", "shared_buffers=128MB", "unix_socket_directories=", "listen_addresses=127.0.0.1")


class Postgres:
    """One server on loopback; `url` names a database of it for SQLAlchemy, password included."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, password: str) -> None:
        self._process = process
        self._port = port
        self._password = password

    @classmethod
    async def start(cls, home: Path, port: int | None = None) -> "Postgres":
        """Start it on a port of loopback, made anew if there is none yet; wait until both databases are there.

        Raises:
            ConfigurationError: it does not start; names the log.
        """
        owner = Owner(home)
        owner.prepare()
        programs = await asyncio.to_thread(programs_of, owner)
        password = _password(home)
        await asyncio.to_thread(_initialise, owner, programs, password)
        await asyncio.to_thread(_end_earlier, owner)
        port = port or _free_port()
        process = _launch(owner, programs, port)  # by this thread: the server ends with whoever started it
        started = cls(process, port, password)
        try:
            await started._ready(owner)
        except BaseException:
            await started.stop()
            raise
        return started

    def url(self, database: str) -> str:
        """The address of `LEDGER` or `PREFECT`."""
        return _url(self._password, self._port, database)

    @property
    def port(self) -> int:
        """Where it listens; a server that takes its place must listen there too."""
        return self._port

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    async def stop(self, seconds: float = _STOP_S) -> None:
        """A fast shutdown: open transactions are rolled back, everything committed is on disk, killed or not."""
        if self.alive:
            self._process.send_signal(signal.SIGINT)
        try:
            await asyncio.to_thread(self._process.wait, seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    async def _ready(self, owner: Owner) -> None:
        for _ in range(_START_S * 10):
            if not self.alive:
                break
            try:
                connection = await asyncpg.connect(
                    user=_ADMIN, password=self._password, host="127.0.0.1", port=self._port, database="postgres"
                )
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)
                continue
            try:
                for name in (LEDGER, PREFECT):
                    with suppress(asyncpg.DuplicateDatabaseError):
                        await connection.execute(f"CREATE DATABASE {name}")
            finally:
                await connection.close()
            return
        raise ConfigurationError("the embedded PostgreSQL did not start", f"look at {_log(owner)}")


def data_folder(home: Path) -> Path:
    """Where the files of a state folder's server are, if it has one."""
    return Owner(home).folder / "data"


def running_url(home: Path, database: str) -> str | None:
    """The address of `LEDGER` or `PREFECT` at the server that a coordinator on this state folder runs now."""
    data = data_folder(home)
    process = _running(data)
    if process is None:
        return None
    port = int((data / "postmaster.pid").read_text().splitlines()[3])
    return _url(_password(home), port, database)


def _url(password: str, port: int, database: str) -> str:
    return f"postgresql+asyncpg://{_ADMIN}:{password}@127.0.0.1:{port}/{database}"


def _running(data: Path) -> psutil.Process | None:
    """The server on these files."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
        return process if str(data) in process.cmdline() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def programs_of(owner: Owner) -> Path:
    """The folder of the server's programs; the wheel unpacks them on its first start.

    Raises:
        ConfigurationError: they can't be unpacked.
        ImportError: the wheel is not for this platform.
    """
    found = _unpacked(owner)
    if not found:
        import pg0  # noqa: PLC0415 - only where a database must be made

        program = str(Path(pg0.__file__).parent / "bin" / "pg0")
        name, spare = f"unpack-{os.getpid()}", owner.folder / "unpack"
        # Its usual port may be somebody else's, and two coordinators may start at the same moment.
        _run(owner, [program, "start", "--name", name, "--data-dir", str(spare), "--port", str(_free_port())])
        _run(owner, [program, "drop", "--name", name, "--force"])
        found = _unpacked(owner)
    if not found:
        raise ConfigurationError("the embedded PostgreSQL can't be unpacked", f"look into {owner.folder}")
    return found[-1].parent


def is_unpacked(owner: Owner) -> bool:
    """Whether the programs are there already."""
    return bool(_unpacked(owner))


def _unpacked(owner: Owner) -> list[Path]:
    return sorted(owner.folder.glob(".pg0/installation/*/bin/postgres"))


def _initialise(owner: Owner, programs: Path, password: str) -> None:
    data = owner.folder / "data"
    if (data / "PG_VERSION").exists():
        return
    fresh, word = owner.folder / f"data.{secrets.token_hex(4)}", owner.folder / "password"
    word.touch(mode=0o600)
    word.write_text(password)
    if owner.user:
        os.chown(word, owner.user.pw_uid, owner.user.pw_gid)
    try:
        arguments = ("-D", str(fresh), "-U", _ADMIN, "-A", "scram-sha-256", f"--pwfile={word}", "-E", "UTF8")
        _run(owner, [str(programs / "initdb"), *arguments, "--no-locale", "--data-checksums"])
    finally:
        word.unlink()
    fresh.rename(data)


def _launch(owner: Owner, programs: Path, port: int) -> "subprocess.Popen[bytes]":
    settings = [part for one in (*_SETTINGS, f"port={port}") for part in ("-c", one)]
    with _log(owner).open("ab") as output:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [str(programs / "postgres"), "-D", str(owner.folder / "data"), *settings],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=owner.variables(),
            start_new_session=True,
            preexec_fn=ends_with_parent(signal.SIGINT),  # noqa: PLW1509 - one system call
            **owner.process(),
        )


def _end_earlier(owner: Owner) -> None:
    """The server of a coordinator that was killed, if it still runs on these files."""
    process = _running(owner.folder / "data")
    if process is None:
        return
    try:
        process.send_signal(signal.SIGINT)
        process.wait(_STOP_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(_STOP_S)
    except psutil.Error:
        return


def _run(owner: Owner, command: list[str]) -> None:
    done = subprocess.run(  # type: ignore[call-overload]
        command, capture_output=True, text=True, cwd="/", env=owner.variables(), check=False, **owner.process()
    )
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).split())[-300:]
        raise ConfigurationError(f"the embedded PostgreSQL can't be made: {words}", f"look into {owner.folder}")


def _password(home: Path) -> str:
    path = home / "postgres-password"
    if not path.exists():
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))
    password = path.read_text().strip()
    keep_secret(SecretStr(password))
    return password


def _log(owner: Owner) -> Path:
    return owner.folder.with_name(f"{owner.folder.name}.log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
