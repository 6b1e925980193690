"""What GitHub and Claude say to the keys; nothing here costs money or writes anywhere."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from adapters.claude.client import ClaudeModel
from cluster.checkup.finding import Finding
from domain.errors import ClusterError, ModelRejected, Transient
from domain.settings import Settings
from wiring.outside import Outside

T = TypeVar("T")

_ANSWER_SECONDS = 30
_MILLION = 1_000_000
_ANTHROPIC = str(Settings.model_fields["anthropic_base_url"].default)


async def check_github(desk: Outside) -> Finding:
    """Whether the token, or the App, is known, and as whom."""
    try:
        login = await _in_time(desk.issues.login(), desk.settings.github_api_url)
    except ClusterError as error:
        return Finding.failure("GitHub", error, "check the network and GITHUB_API_URL")
    words = f"the token may not say whose it is ({desk.settings.github_api_url})" if login == "unknown" else login
    return Finding(check="GitHub", verdict="ok", result=words)


async def check_repository(desk: Outside, repo: str) -> Finding:
    """Whether the repository can be read and pushed to, over the API and over git."""
    name = f"repository {repo}"
    try:
        found = await _in_time(desk.issues.repository(repo), desk.settings.github_api_url)
        may_push = await _in_time(desk.rights.may_push(found.name), desk.settings.github_server_url)
    except ClusterError as error:
        return Finding.failure(name, error, "check the name, and that the token may see the repository")
    if found.archived:
        return Finding(check=name, verdict="failed", result="it is archived", remedy="unarchive it, or name another")
    if not (found.can_push and may_push):
        remedy = "give the token contents, issues and pull requests: write on this repository"
        return Finding(check=name, verdict="failed", result="the token may read it but not push", remedy=remedy)
    moved = "" if found.name.lower() == repo.lower() else f"now {found.name}; "
    return Finding(check=name, verdict="ok", result=f"{moved}default branch {found.default_branch}, may push")


async def check_key(settings: Settings) -> Finding:
    """Whether Claude's service takes the key and has the model: asks for the model's description, which is free."""
    if settings.anthropic_api_key is None:
        remedy = "put it into .env or into the environment"
        return Finding(check="Claude", verdict="failed", result="ANTHROPIC_API_KEY is not set", remedy=remedy)
    model = ClaudeModel(settings)
    try:
        await _in_time(model.look_up(settings.model), settings.anthropic_base_url)
    except ModelRejected as error:
        if settings.anthropic_base_url == _ANTHROPIC:
            return Finding.failure("Claude", error, "check CLAUDE_CLUSTER_MODEL")
        words = f"{settings.anthropic_base_url} does not describe its models, so the key is not tried"
        return Finding(check="Claude", verdict="warning", result=words, remedy="the first call will show")
    except ClusterError as error:
        return Finding.failure("Claude", error, "check the network and ANTHROPIC_BASE_URL")
    finally:
        await model.close()
    return Finding(check="Claude", verdict="ok", result=f"takes the key for {settings.model}")


def check_price(desk: Outside) -> Finding:
    """Whether the model's price is known, without which no cap could hold."""
    settings = desk.settings
    try:
        price = desk.model.output_price_usd(settings.model) * _MILLION
    except ClusterError as error:
        return Finding.failure("price", error, "check CLAUDE_CLUSTER_MODEL and CLAUDE_CLUSTER_PRICES")
    caps = f"caps: ${settings.max_cost_usd:.2f} a run, ${settings.daily_cost_usd:.2f} a day"
    return Finding(check="price", verdict="ok", result=f"${price:.2f} a million tokens of output; {caps}")


async def _in_time(answer: Awaitable[T], address: str) -> T:
    try:
        return await asyncio.wait_for(answer, _ANSWER_SECONDS)
    except TimeoutError as error:
        raise Transient(
            f"{address} did not answer in {_ANSWER_SECONDS} s", "check the network, the address and the proxy"
        ) from error
