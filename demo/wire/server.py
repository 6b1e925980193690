"""An ASGI application on a loopback port, in a thread of its own."""

import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

_HOST = "127.0.0.1"
_START_S = 15.0


class Server:
    """Bound as soon as it is made, so the address is known before it serves; port 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((_HOST, port))
        self.url = f"http://{_HOST}:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: ASGIApp) -> None:
        """Serve from now on. Raises `RuntimeError` if it does not come up within 15 seconds."""
        config = uvicorn.Config(
            app,
            http="h11",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        self._server = server
        self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [self._socket]}, name=f"serve {self.url}", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                msg = f"the rehearsal's server at {self.url} did not start"
                raise RuntimeError(msg)
            time.sleep(0.01)

    def stop(self) -> None:
        """End the thread and free the port; open connections get a second."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(timeout=10)
        self._socket.close()
