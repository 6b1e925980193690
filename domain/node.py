"""A node: one PC of the cluster, what it can do, and how it is."""

import re
from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.frozen import Frozen

NODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)


class Capabilities(Frozen):
    """What a machine has: `platform` as in `linux-x86_64`; toolchains that answered; memory in GB."""

    platform: str
    sandbox: str
    toolchains: tuple[str, ...] = ()
    memory_gb: float = 0.0
    cores: int = 1


class NodeCard(Frozen):
    """What a node says of itself when it joins; `start` tells two processes with one id apart.

    `specialties` are as they were given, `pools` what they stand for; `release` is the installed version.
    """

    id: str = Field(pattern=f"^{NODE_ID.pattern}$")
    start: str
    host: str = ""
    agent_port: int = Field(default=8002, ge=0, le=65_535)
    specialties: tuple[str, ...]
    pools: tuple[str, ...] = ()
    max_tasks: int = Field(ge=1, le=1_000)
    release: str
    capabilities: Capabilities


class NodeState(Frozen):
    """A node as the coordinator knows it: `seen` is its last sign of life (UTC), `running` its issues at work."""

    card: NodeCard
    joined: datetime
    seen: datetime
    running: int = 0
    draining: bool = False

    def state(self, now: datetime) -> Literal["online", "draining", "lost"]:
        """In a word for people."""
        if not self.lives(now):
            return "lost"
        return "draining" if self.draining else "online"

    def lives(self, now: datetime, patience_s: float = 45.0) -> bool:
        """Whether it has given a sign of life lately; one that has left has not."""
        return (now - self.seen).total_seconds() < patience_s


class Joined(Frozen):
    """What a node gets when it joins: where the Prefect server is, how to speak to it, which pools it serves."""

    prefect_api_url: str
    prefect_auth: str | None = None
    pools: tuple[str, ...]
    kind: str = "process"


class Rung(Frozen):
    """In which of a node's pools runs were created; `heard` says up to where, and is sent with the next question."""

    heard: int
    pools: tuple[str, ...] = ()


class NodeHealth(Frozen):
    """What `GET /health` of a node says; only one that is `ok` takes work."""

    status: Literal["ok", "draining", "out_of_reach"]
    node_id: str
    specialties: tuple[str, ...]
    running: int
    max_tasks: int
    sandbox: str
