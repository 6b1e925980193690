"""The forge's faults on demand and its request log."""

import time

import httpx
import pytest

from demo.forge import Forge
from demo.wire.faults import Fault


def test_the_next_matching_request_fails_once(api: httpx.Client, forge: Forge, home: str) -> None:
    """Status, headers and body are as ordered; other requests, and the one after, are as ever."""
    forge.fail(
        Fault(
            method="GET",
            path=r"/issues/\d+$",
            status=429,
            headers=(("Retry-After", "7"),),
            body={"message": "slow down"},
        )
    )
    assert api.get(home).status_code == 200
    refused = api.get("/issues/1")
    assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (429, "7", {"message": "slow down"})
    assert api.get("/issues/1").status_code == 200


def test_faults_wait_their_turn(api: httpx.Client, forge: Forge) -> None:
    """`after` lets some pass, `times` repeats, None repeats until cleared."""
    forge.fail(Fault(path="/issues/1$", status=502, after=1, times=2))
    assert [api.get("/issues/1").status_code for _ in range(4)] == [200, 502, 502, 200]
    forge.fail(Fault(path="/issues/1$", status=503, times=None))
    assert [api.get("/issues/1").status_code for _ in range(3)] == [503, 503, 503]
    forge.faults.clear()
    assert api.get("/issues/1").status_code == 200


def test_a_dropped_connection(api: httpx.Client, forge: Forge) -> None:
    """Cut before: nothing was done. Cut after: it was done, and the answer is lost."""
    for drop, expected in (("before", []), ("after", ["lost"])):
        forge.fail(Fault(method="POST", drop=drop))  # type: ignore[arg-type]
        with pytest.raises(httpx.TransportError):
            api.post("/issues/1/comments", json={"body": "lost"})
        assert [note["body"] for note in api.get("/issues/1/comments").json()] == expected
    assert [entry.status for entry in forge.journal.entries("POST")] == [0, 0]


def test_a_slow_answer(api: httpx.Client, forge: Forge, home: str) -> None:
    """A delay alone answers as ever, only later."""
    forge.fail(Fault(delay_s=0.2))
    start = time.monotonic()
    assert api.get(home).status_code == 200
    assert time.monotonic() - start >= 0.2


def test_the_log_keeps_what_was_asked(api: httpx.Client, forge: Forge) -> None:
    """Method, path, query, status, headers and body, in order."""
    forge.journal.clear()
    api.get("/issues?per_page=1", headers={"X-GitHub-Api-Version": "2022-11-28"})
    api.post("/issues/99/comments", json={"body": "x"})
    asked, told = forge.journal.entries()
    assert (asked.method, asked.path, asked.query, asked.status) == (
        "GET",
        "/api/v3/repos/rehearsal/shop/issues",
        "per_page=1",
        200,
    )
    assert asked.header("x-github-api-version") == "2022-11-28"
    assert (told.status, told.json()) == (404, {"body": "x"})
    assert forge.journal.entries("GET", "/issues$") == (asked,)
