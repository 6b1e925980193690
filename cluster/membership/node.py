"""`start-node`: join, serve the pools of one's specialties, and leave without losing anything."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from adapters.cases.holder import this_process
from adapters.cases_http.ledger import HttpCases
from adapters.cases_http.line import Address, Line
from adapters.cases_http.outbox import Outbox
from agents.specialist import load_specialists, resolve
from cluster.launch import child_environment
from cluster.membership.member import Member, card_release
from cluster.node.capabilities import capabilities
from cluster.server import Server
from deployments.catalogue import kind_of
from domain.errors import ConfigurationError, UsageError
from domain.frozen import Frozen
from domain.node import NODE_ID, Capabilities, Joined, NodeCard
from domain.settings import Settings

_OUTCOME_S = 60.0


class NodeOptions(Frozen):
    """What `start-node` was asked for; `drain_s` is how long runs may go on after SIGTERM."""

    coordinator_host: str
    coordinator_port: int
    agent_port: int
    agent_host: str = "0.0.0.0"  # noqa: S104 - health is asked for from outside
    specialties: tuple[str, ...]
    max_tasks: int = 2
    node_id: str
    ca_file: Path | None = None
    drain_s: float = 25.0

    @property
    def url(self) -> str:
        """The coordinator's address; with a CA it is TLS."""
        host = f"[{self.coordinator_host}]" if ":" in self.coordinator_host else self.coordinator_host
        return f"{'https' if self.ca_file else 'http'}://{host}:{self.coordinator_port}"


async def serve_node(settings: Settings, options: NodeOptions, say: Callable[[str], None]) -> None:
    """Until drained. Raises `ConfigurationError` and `AuthenticationFailed` where it can't join or open its port."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    able = await asyncio.to_thread(capabilities, settings.sandbox)
    if "docker" not in able.toolchains:
        _require_sandbox(settings, able)
    member = _member(settings, options, _card(options, able))
    joined = await member.join(say)
    settings = settings.model_copy(
        update={"coordinator_url": options.url, "node_id": options.node_id, "ca_file": options.ca_file}
    )
    _set_environment(settings, options, joined)
    try:
        if kind_of(joined.pools[0]) == "docker":
            able = await _in_containers(joined)
            await member.change(_card(options, able))
        else:
            _require_sandbox(settings, able)
        await _serve(settings, options, joined, able, member, say)
    finally:
        await member.leave()


def _require_sandbox(settings: Settings, able: Capabilities) -> None:
    """Raises `ConfigurationError` where there is none and nobody has said that none is needed."""
    if able.sandbox == "none" and settings.sandbox != "none":
        raise ConfigurationError("no sandbox works on this machine", "claude-cluster setup says what is missing")


async def _in_containers(joined: Joined) -> Capabilities:
    """What the tasks' containers can do: in a cluster of type docker it is they who work, not this machine."""
    from cluster.node.engine import in_containers  # noqa: PLC0415 - only in clusters of that type

    return await in_containers(joined.pools[0])


async def _serve(
    settings: Settings,
    options: NodeOptions,
    joined: Joined,
    able: Capabilities,
    member: Member,
    say: Callable[[str], None],
) -> None:
    # Prefect reads its environment when it is imported, and that is complete only now.
    from cluster.node.condition import Condition  # noqa: PLC0415
    from cluster.node.health import HealthPort  # noqa: PLC0415
    from cluster.node.workers import NodeWorkers  # noqa: PLC0415

    handed_back: list[str] = []

    async def gone(run_id: str, pid: int | None) -> None:
        """While the node drains, Prefect is told first what becomes of a run: until then it looks crashed."""
        if workers.draining:
            handed_back.append(run_id)
        else:
            await member.gone(run_id, pid)

    workers = NodeWorkers(
        joined.pools,
        options.max_tasks,
        options.node_id,
        settings.home,
        options.drain_s,
        on_run_gone=gone,
        toolchains=able.toolchains,
    )
    condition = Condition(workers, options.specialties, able.sandbox, member.silence_s)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, workers.drain)
    async with HealthPort(condition.report, options.agent_port, options.agent_host):
        endless = (
            member.beat(lambda: workers.running, lambda: workers.draining),
            member.listen(joined.pools, workers.ring),
            member.tidy(settings.home),
        )
        beside = [asyncio.ensure_future(one) for one in endless]
        try:
            await workers.run(lambda: say(_ready(options, joined, able)))
            for run_id in handed_back:
                await member.gone(run_id, None)
        finally:
            for one in beside:
                one.cancel()


def _member(settings: Settings, options: NodeOptions, card: NodeCard) -> Member:
    address = Address(options.url, settings.api_token, options.ca_file)
    outbox = Outbox(settings.home / "outbox")
    cases = HttpCases(Line(address, this_process(), card_release(), _OUTCOME_S), outbox)
    return Member(address, card, outbox, cases)


def _card(options: NodeOptions, able: Capabilities) -> NodeCard:
    """Raises `UsageError` for a specialty that nobody has, for none, and for an id that is no name."""
    if not options.specialties:
        raise UsageError("no specialty was given", "use --specialties backend,api")
    for name in options.specialties:
        resolve(name, load_specialists())
    if not NODE_ID.fullmatch(options.node_id):
        raise UsageError(f"{options.node_id!r} is no node id", "use letters, digits, dots and dashes, at most 63")
    return NodeCard(
        id=options.node_id,
        start=secrets.token_hex(8),
        host=socket.gethostname(),
        agent_port=options.agent_port,
        specialties=options.specialties,
        max_tasks=options.max_tasks,
        release=card_release(),
        capabilities=able,
    )


def _set_environment(settings: Settings, options: NodeOptions, joined: Joined) -> None:
    """For Prefect in this process, and for the runs that it starts."""
    os.environ.update(child_environment(settings, Server(api_url=joined.prefect_api_url)))
    # What the coordinator starts it tells at once; this is for runs that others create. A question costs the
    # Prefect server some 30 ms for each pool.
    os.environ["PREFECT_WORKER_QUERY_SECONDS"] = "3"
    # A coordinator that is down for minutes must not end a run: the pauses double, so these are for half an hour.
    os.environ["PREFECT_CLIENT_MAX_RETRIES"] = "11"
    os.environ["PREFECT_CLIENT_RETRY_EXTRA_CODES"] = "500"  # what the server says while its database restarts
    os.environ["PREFECT_LOGGING_TO_API_BATCH_INTERVAL"] = "5"  # each batch is a request
    os.environ["PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"] = "false"  # the coordinator's server gives no such tokens
    if joined.prefect_auth:
        os.environ["PREFECT_API_AUTH_STRING"] = joined.prefect_auth
    if options.ca_file:
        os.environ["PREFECT_API_SSL_CERT_FILE"] = str(options.ca_file)


def _ready(options: NodeOptions, joined: Joined, able: Capabilities) -> str:
    tools = ", ".join(able.toolchains) or "none"
    return (
        f"ready: {options.node_id} serves {', '.join(joined.pools)}, {options.max_tasks} issues at once;"
        f" health on port {options.agent_port}; sandbox {able.sandbox}; toolchains {tools}"
    )
