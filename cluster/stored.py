"""Secrets that this machine leaves to the Prefect server."""

import asyncio
import os

from cluster.checkup.finding import Finding
from cluster.server import Server, answers, running_server, server_variables
from domain.settings import Settings
from wiring.outside import Outside


def desk_with_blocks(settings: Settings) -> Outside:
    """The adapters with what the environment gives, and what it lacks from the blocks of a server that answers.

    Starts no server, and does not load Prefect unless a secret is missing.
    """
    complete = settings.anthropic_api_key and (settings.github_token or settings.github_app_id)
    url = settings.prefect_api_url or running_server(settings.home)
    if complete or url is None or not answers(url):
        return Outside(settings)
    os.environ.update(server_variables(settings.home, Server(api_url=url)))
    from tasks.blocks import outside  # noqa: PLC0415 - Prefect reads PREFECT_API_URL when imported

    return asyncio.run(outside())


def check_stored(given: Settings, used: Settings) -> Finding | None:
    """Which secrets come from blocks; None if none do."""
    secrets = {"GITHUB_TOKEN": "github_token", "ANTHROPIC_API_KEY": "anthropic_api_key"}
    stored = [name for name, field in secrets.items() if getattr(used, field) and not getattr(given, field)]
    if not stored:
        return None
    return Finding(
        check="secrets",
        verdict="ok",
        result=f"{' and '.join(stored)}: from blocks of the Prefect server",
    )
