"""A web server inside a process that has its own way of ending."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from domain.errors import ConfigurationError
from domain.frozen import Frozen


class Listen(Frozen):
    """Where it listens; PEM files for TLS."""

    host: str
    port: int
    certificate: str | None = None
    key: str | None = None


class _Quiet(uvicorn.Server):
    """Signals belong to the process, not to one of its servers."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None are taken."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, listen: Listen, what: str) -> AsyncIterator[None]:
    """The application answers inside. `what` it is, for the error.

    Raises:
        ConfigurationError: the port is taken, or the certificate can't be used.
    """
    bound = _bound(listen, what)
    try:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=3,
            ssl_certfile=listen.certificate,
            ssl_keyfile=listen.key,
        )
        config.load()
    except (OSError, ValueError) as error:
        bound.close()
        raise ConfigurationError(
            f"the certificate or key can't be used: {error}", "give PEM files that match"
        ) from error
    server = _Quiet(config)
    task = asyncio.ensure_future(server.serve(sockets=[bound]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


def check_free(listen: Listen, what: str) -> None:
    """Raises `ConfigurationError` if what is to listen there could not."""
    _bound(listen, what).close()


def _bound(listen: Listen, what: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((listen.host, listen.port))
    except (OSError, OverflowError) as error:
        bound.close()
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigurationError(
            f"{what} can't listen on {listen.host}:{listen.port}: {reason}",
            "choose another port, or end what holds it (`ss -ltnp` shows it)",
        ) from error
    bound.setblocking(False)  # noqa: FBT003 - the library's signature
    return bound
