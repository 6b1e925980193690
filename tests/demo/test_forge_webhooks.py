"""The rehearsal forge tells of what happens, as GitHub does: signed, in order, with redelivery."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from demo.forge import Forge
from demo.wire.server import Server

REPO = "rehearsal/shop"
SECRET = "a-secret"


@dataclass
class Listener:
    """Keeps what it is told, and answers 202."""

    server: Server = field(default_factory=Server)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def hear(self, request: Request) -> PlainTextResponse:
        """One delivery."""
        self.told.append((dict(request.headers), await request.body()))
        return PlainTextResponse("heard", 202)

    def events(self) -> list[tuple[str, str, str]]:
        """Event, action and sender of each."""
        found = []
        for headers, raw in self.told:
            body = json.loads(raw)
            found.append((headers["x-github-event"], body.get("action", ""), body.get("sender", {}).get("login", "")))
        return found


@pytest.fixture
def listener(forge: Forge) -> Iterator[Listener]:
    """A listener for the sample repository."""
    made = Listener()
    made.server.start(Starlette(routes=[Route("/hook", made.hear, methods=["POST"])]))
    forge.add_webhook(REPO, f"{made.server.url}/hook", SECRET)
    yield made
    made.server.stop()


def test_deliveries_are_signed(forge: Forge, listener: Listener) -> None:
    """Over the raw bytes, beginning with a ping; what they are answered with is kept."""
    forge.label(REPO, 1, "claude", "rehearsal-maintainer")
    forge.hooks.settle()
    for headers, raw in listener.told:
        made = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature-256"] == f"sha256={made}"
    assert [(one.event, one.status, one.answer) for one in forge.hooks.sent] == [
        ("ping", 202, "heard"), ("issues", 202, "heard"),
    ]  # fmt: skip


def test_labels_comments_and_closing_are_told(forge: Forge, listener: Listener, visitor: httpx.Client) -> None:
    """Who did it is the sender, whoever wrote the issue; the label is already among the issue's."""
    forge.label(REPO, 1, "claude", "rehearsal-maintainer")
    said = visitor.post("/issues/1/comments", json={"body": "/claude"}).json()
    visitor.patch(f"/issues/comments/{said['id']}", json={"body": "/claude stop"})
    forge.unlabel(REPO, 1, "claude", "rehearsal-maintainer")
    forge.close(REPO, 1, "rehearsal-maintainer")
    forge.hooks.settle()
    assert listener.events() == [
        ("ping", "", ""),
        ("issues", "labeled", "rehearsal-maintainer"),
        ("issue_comment", "created", "visitor"),
        ("issue_comment", "edited", "visitor"),
        ("issues", "unlabeled", "rehearsal-maintainer"),
        ("issues", "closed", "rehearsal-maintainer"),
    ]
    labeled = json.loads(listener.told[1][1])
    assert labeled["label"]["name"] == "claude"
    assert "claude" in [label["name"] for label in labeled["issue"]["labels"]]


def test_a_merge_is_told(forge: Forge, listener: Listener, api: httpx.Client, branch: str) -> None:
    """The pull request says that it was merged, and the issue that it closes is closed after it."""
    pull = {"title": "Add", "body": "Closes #1", "head": "claude/issue-1", "base": "main"}
    number = api.post("/pulls", json=pull).json()["number"]
    api.put(f"/pulls/{number}/merge", json={"sha": branch})
    forge.hooks.settle()
    assert listener.events()[1:] == [
        ("pull_request", "opened", "rehearsal-bot"),
        ("pull_request", "closed", "rehearsal-bot"),
        ("issues", "closed", "rehearsal-bot"),
    ]
    closed: dict[str, Any] = json.loads(listener.told[2][1])
    assert closed["pull_request"]["merged"] is True
    assert closed["pull_request"]["head"]["ref"] == "claude/issue-1"
    assert closed["pull_request"]["head"]["repo"]["id"] == closed["pull_request"]["base"]["repo"]["id"]


def test_redelivery_has_the_same_id_and_bytes(forge: Forge, listener: Listener) -> None:
    """As GitHub's button does it."""
    forge.comment(REPO, 1, "visitor", "Hello.")
    forge.hooks.settle()
    once = forge.hooks.sent[-1]
    forge.hooks.redeliver(once.id)
    forge.hooks.settle()
    (first, raw), (second, again) = listener.told[-2:]
    assert (first["x-github-delivery"], raw) == (second["x-github-delivery"], again)


def test_a_listener_that_is_away_holds_nothing_up(forge: Forge) -> None:
    """The delivery is shown as failed, and the forge goes on."""
    gone = Server()
    gone.stop()
    forge.add_webhook(REPO, f"{gone.url}/hook", SECRET)
    forge.comment(REPO, 1, "visitor", "Hello.")
    forge.hooks.settle()
    assert [one.status for one in forge.hooks.sent] == [0, 0]
    assert len(forge.issue(REPO, 1).comments) == 1


def test_a_rehearsal_started_by_hand_tells_its_webhook(tmp_path: Path) -> None:
    """`--webhook-url`: the secret is among the variables that it prints, and the address is pinged."""
    made = Listener()
    made.server.start(Starlette(routes=[Route("/hook", made.hear, methods=["POST"])]))
    command = [sys.executable, "-m", "demo.rehearsal", "--folder", str(tmp_path / "kept")]
    command += ["--webhook-url", f"{made.server.url}/hook", "--webhook-secret", SECRET]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(8)]
        deadline = time.monotonic() + 20
        while not made.told and time.monotonic() < deadline:
            time.sleep(0.05)
        running.terminate()
    made.server.stop()
    assert f"export GITHUB_WEBHOOK_SECRET={SECRET}\n" in lines
    assert made.events() == [("ping", "", "")]
