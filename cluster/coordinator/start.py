"""`start-coordinator`: everything up in order, a ready line, and down again within fifteen seconds."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from importlib.metadata import version
from typing import Any

from pydantic import SecretStr

from adapters.cases.holder import this_process
from cluster.coordinator.alone import only_one
from cluster.coordinator.children import Children, state_folder
from cluster.coordinator.options import Options
from cluster.coordinator.parts import Parts
from cluster.coordinator.prefect_api import PrefectApi
from cluster.coordinator.token import ensure_token
from cluster.launch import child_environment
from cluster.server import Server
from cluster.web import Listen, check_free, serving
from domain.errors import ConfigurationError, Transient
from domain.settings import Settings
from tasks.coordinated import VARIABLE, Door
from tasks.hand_off import SERVES_DISPATCH
from wiring.outside import Outside

_PREFECT_S = 180
_USER = "claude-cluster"
_log = logging.getLogger(__name__)


async def coordinate(settings: Settings, options: Options, say: Callable[[str], None]) -> None:
    """Until SIGTERM or Ctrl-C. `say` tells people how far it is, and that it is ready.

    Raises:
        ConfigurationError: what does not come up, and what to do about it.
    """
    home = state_folder(settings.home)
    with only_one(home):
        await _coordinate(settings, options, say)


async def _coordinate(settings: Settings, options: Options, say: Callable[[str], None]) -> None:
    home = settings.home
    token, made = ensure_token(settings)
    if made:
        say(f"token of this cluster (shown once, kept in {home / 'token'}): {token.get_secret_value()}")
    auth = f"{_USER}:{token.get_secret_value()}" if options.open_to_others else None
    children = Children(settings, options, auth)
    stopped = _stop_signal()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(children.stop)
        for port, what in ((options.prefect_port, "the Prefect server"), (options.port, "the coordinator API")):
            check_free(Listen(host=options.host, port=port), what)
        say("starting the database")
        url = await children.start_database()
        known = {"database_url": SecretStr(url) if url else None, "api_token": token, "coordinator_url": None}
        outside = Outside(settings.model_copy(update=known))
        await outside.cases.recent(1)
        say("starting the Prefect server")
        children.start_prefect()
        prefect = PrefectApi(options.prefect_url, auth, trusts_all=options.tls is not None)
        stack.push_async_callback(prefect.close)
        parts = Parts(outside, prefect, options, auth)
        await _open(stack, parts, options, token)
        stack.callback(prefect.bell.close)
        await _answers(prefect, children, stopped, Door(scheme=options.scheme, port=options.port))
        if stopped.is_set():
            return
        say("registering pools and deployments")
        await children.start_dispatcher(_for_dispatcher(settings, options, token, auth, parts.own_url))
        prefect.registered = True
        async with asyncio.TaskGroup() as group:
            endless = (children.watch(), parts.recovery.run(), parts.processing.run(), parts.showing.run())
            loops = [group.create_task(_recorded(one)) for one in endless]
            say(_ready(settings, options))
            await stopped.wait()
            say("stopping")
            for one in loops:
                one.cancel()


async def _recorded(loop: Coroutine[Any, Any, None]) -> None:
    """What nobody expected ends the coordinator; the log says what it was."""
    try:
        await loop
    except Exception:
        _log.exception("a loop of the coordinator has ended loop=%s", loop)
        raise


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _open(stack: AsyncExitStack, parts: Parts, options: Options, token: SecretStr) -> None:
    """The API and the webhooks; with TLS a plain door for our own worker, on loopback and with the token."""
    tls = {"certificate": str(options.tls.certificate), "key": str(options.tls.key)} if options.tls else {}
    guard = token if options.open_to_others else None
    api = Listen(host=options.host, port=options.port, **tls)
    await stack.enter_async_context(serving(parts.api.behind(guard), api, "the coordinator API"))
    hooks = Listen(host=options.host, port=options.webhook_port, **tls)
    await stack.enter_async_context(serving(parts.webhooks, hooks, "the webhook receiver"))
    if options.tls:
        own = Listen(host="127.0.0.1", port=parts.own_port)
        await stack.enter_async_context(serving(parts.api.behind(token), own, "the inner API"))


async def _answers(prefect: PrefectApi, children: Children, stopped: asyncio.Event, door: Door) -> None:
    """Wait for the Prefect server, and tell its workers the door to us."""
    for _ in range(_PREFECT_S * 5):
        children.check()
        if stopped.is_set():
            return
        with suppress(Transient):
            if await prefect.healthy():
                await prefect.tell(VARIABLE, door.model_dump())
                return
        await asyncio.sleep(0.2)
    raise ConfigurationError(
        "the Prefect server does not answer", "look at logs/prefect-server.log in the state folder"
    )


def _for_dispatcher(
    settings: Settings, options: Options, token: SecretStr, auth: str | None, own_url: str
) -> dict[str, str]:
    known = {"coordinator_url": own_url, "api_token": token, "node_id": "coordinator"}
    variables = child_environment(settings.model_copy(update=known), Server(api_url=options.prefect_url))
    for name in ("CLAUDE_CLUSTER_DATABASE_URL", "GITHUB_WEBHOOK_SECRET"):  # runs have no use for them
        variables.pop(name, None)
    if auth:
        variables["PREFECT_API_AUTH_STRING"] = auth
    if options.tls:  # the certificate names this machine as others see it; this is loopback
        variables["PREFECT_API_TLS_INSECURE_SKIP_VERIFY"] = "true"
    return {**variables, SERVES_DISPATCH: "1", "PREFECT_WORKER_QUERY_SECONDS": "1"}


def _ready(settings: Settings, options: Options) -> str:
    _log.info("coordinator ready version=%s process=%s", version("claude-cluster"), this_process())
    where = f"{options.scheme}://{options.own_host if not options.open_to_others else os.uname().nodename}"
    hooks = "" if settings.github_webhook_secret else " (disabled: GITHUB_WEBHOOK_SECRET is not set)"
    return (
        f"ready: API {where}:{options.port}  webhooks {where}:{options.webhook_port}{hooks}"
        f"  Prefect UI {where}:{options.prefect_port}"
    )
