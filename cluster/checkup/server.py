"""Prefect: the server that is named or our own, and the port that ours likes; nothing is started here."""

import socket

from cluster.checkup.finding import Finding
from cluster.server import PREFERRED_PORT, ensure_server, running_server
from domain.errors import ConfigurationError
from domain.settings import Settings


def check_server(settings: Settings) -> Finding:
    """Whether the server of PREFECT_API_URL answers; ours needs none, for it starts when first needed."""
    given = settings.prefect_api_url
    if not given:
        ours = running_server(settings.home)
        words = f"ours runs at {ours}" if ours else "not running; starts when first needed"
        return Finding(check="Prefect", verdict="ok", result=words)
    try:
        return Finding(check="Prefect", verdict="ok", result=ensure_server(settings.home, given).api_url)
    except ConfigurationError as error:
        return Finding.failure("Prefect", error)


def check_port(settings: Settings) -> Finding | None:
    """Whether our server gets the port that people expect; None if it would not be started anyway."""
    if settings.prefect_api_url or running_server(settings.home):
        return None
    name = f"port {PREFERRED_PORT}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PREFERRED_PORT))
        except OSError:
            words = "used by another program; Prefect's UI will get another port"
            remedy = "end that program if the UI should be at its usual address"
            return Finding(check=name, verdict="warning", result=words, remedy=remedy)
    return Finding(check=name, verdict="ok", result="free")
