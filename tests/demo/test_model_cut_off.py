"""The rehearsed model and lines that break: what came whole was asked, nothing else."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest

from demo.model import Model
from demo.model.script import script_from
from demo.wire.faults import Fault

_QUERY: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 2000,
    "tools": [{"type": "bash_20250124", "name": "bash"}],
    "messages": [{"role": "user", "content": "please say hello"}],
}


@pytest.fixture
def model() -> Iterator[Model]:
    """One that has something to say."""
    running = Model("the-key")
    running.scripts.append(script_from("greeting", {"match": ["say hello"], "author": [{"say": "hello"}]}))
    running.start()
    yield running
    running.stop()


def test_a_request_that_did_not_come_whole_asks_for_nothing(model: Model) -> None:
    """Of a process that was killed as it sent, or of a line that was cut: the log has it, as not whole."""
    host, port = model.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b'POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\nx-api-key: the-key\r\n\r\n{"m')
    _wait(lambda: model.journal.entries("POST", "messages"))
    client = anthropic.Anthropic(api_key="the-key", base_url=model.url, max_retries=0)
    model.fail(Fault(path="/v1/messages", drop="before"))
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**_QUERY)
    client.messages.create(**_QUERY)
    _wait(lambda: len(model.journal.entries("POST", "messages")) == 3)
    assert sorted(one.whole for one in model.journal.entries("POST", "messages")) == [False, False, True]
    assert len(model.requests()) == 1


def _wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)
