"""Webhooks: signed deliveries of what happens on the forge, in their order, with redelivery."""

import hashlib
import hmac
import json
import queue
import threading
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Hook:
    """Where deliveries of a repository go, and what they are signed with."""

    repository_id: int
    url: str
    secret: str


@dataclass(frozen=True)
class Sent:
    """One delivery and what it was answered with; `status` 0 means that nobody answered."""

    id: str
    event: str
    payload: dict[str, Any]
    status: int = 0
    answer: str = ""


class Hooks:
    """Sends from a thread of its own, so that nothing on the forge waits. Safe to use from another thread."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._hooks: list[Hook] = []
        self._waiting: queue.Queue[tuple[Hook, Sent] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def add(self, hook: Hook) -> None:
        """Send to this address from now on, beginning with a ping."""
        self._hooks.append(hook)
        if self._thread is None:
            self._thread = threading.Thread(target=self._send_all, name="webhooks", daemon=True)
            self._thread.start()
        payload = {"zen": "Practice before you perform.", "repository": {"id": hook.repository_id}}
        self._waiting.put((hook, Sent(str(uuid.uuid4()), "ping", payload)))

    def deliver(self, repository_id: int, event: str, payload: dict[str, Any]) -> None:
        """Send an event to everybody who wants to know."""
        for hook in self._hooks:
            if hook.repository_id == repository_id:
                self._waiting.put((hook, Sent(str(uuid.uuid4()), event, payload)))

    def redeliver(self, delivery_id: str) -> None:
        """Send a delivery once more, with the same id. Raises `StopIteration` if there was none."""
        once = next(one for one in self.sent if one.id == delivery_id)
        repository_id = once.payload["repository"]["id"]
        hook = next(one for one in self._hooks if one.repository_id == repository_id)
        self._waiting.put((hook, Sent(once.id, once.event, once.payload)))

    def settle(self) -> None:
        """Wait until everything that happened so far was sent and answered."""
        self._waiting.join()

    def stop(self) -> None:
        """Send no more."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(_TIMEOUT_S)
            self._thread = None

    def _send_all(self) -> None:
        while (work := self._waiting.get()) is not None:
            self.sent.append(_send(*work))
            self._waiting.task_done()
        self._waiting.task_done()


def _send(hook: Hook, one: Sent) -> Sent:
    body = json.dumps(one.payload).encode()
    signature = hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Rehearsal-Hookshot/1",
        "X-GitHub-Event": one.event,
        "X-GitHub-Delivery": one.id,
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    request = urllib.request.Request(hook.url, data=body, headers=headers, method="POST")
    status, answer = 0, b""
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
            status, answer = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, answer = error.code, error.read()
    except OSError as error:
        answer = str(error).encode()
    return Sent(one.id, one.event, one.payload, status, answer.decode("utf-8", "replace"))
