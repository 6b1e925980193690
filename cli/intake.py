"""Before a command starts anything: are the settings complete, and which case is meant."""

import asyncio
import shutil

from domain.case import CaseFile, WorkRequest
from domain.errors import ConfigurationError, UsageError
from domain.settings import Settings
from proof.intake import open_case
from wiring.outside import Outside


def repository_of(repo: str | None, settings: Settings) -> str:
    """The repository that was named, or the default one. Raises `UsageError` if there is neither."""
    if name := repo or settings.repo:
        return name
    raise UsageError("no repository was given", "use --repo owner/name or set CLAUDE_CLUSTER_REPO")


def check_machine(desk: Outside) -> None:
    """What would stop every case on this machine: no git, no keys, no price, no sandbox.

    Raises:
        ConfigurationError: names the first of them and what to do about it.
    """
    settings = desk.settings
    if shutil.which("git") is None:
        raise ConfigurationError("git was not found", "install git 2.30 or newer")
    if settings.github_token is None and settings.github_app_id is None:
        raise ConfigurationError(
            "GitHub authentication failed: no token", "set GITHUB_TOKEN in the environment or in .env"
        )
    if settings.anthropic_api_key is None:
        raise ConfigurationError("no key for Claude", "set ANTHROPIC_API_KEY in the environment or in .env")
    desk.model.output_price_usd(settings.model)
    desk.sandbox  # noqa: B018 - choosing it probes it


def open_for(request: WorkRequest, desk: Outside) -> CaseFile:
    """The case for a request, from the forge and the ledger."""
    return asyncio.run(open_case(request, desk.issues, desk.pulls, desk.cases, desk.settings))
