"""A Messages API for timing: every answer is one `echo` command, after a delay named in the address.

`http://127.0.0.1:PORT/200` waits 200 ms a call. Only the standard library, so that it costs next to nothing.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def do_POST(self) -> None:
        """Answer the turn that the conversation has come to."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        turn = sum(message["role"] == "assistant" for message in asked["messages"])
        time.sleep(int(self.path.split("/")[1]) / 1000)
        body = json.dumps(_message(asked["model"], turn)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _message(model: str, turn: int) -> dict[str, object]:
    command = {"type": "tool_use", "id": f"toolu_{turn:03}", "name": "bash", "input": {"command": f"echo call {turn}"}}
    return {
        "id": f"msg_{turn:03}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": f"Step {turn}."}, command],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 1000 + 100 * turn, "output_tokens": 50},
    }


@contextmanager
def serving() -> Iterator[str]:
    """Serve inside `with`; gives the address without the delay."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
