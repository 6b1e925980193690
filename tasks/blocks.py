"""Secrets that live in Prefect blocks; what the environment says comes first."""

from typing import Any

from prefect.blocks.system import Secret
from pydantic import SecretStr

from tasks.coordinated import coordinated
from wiring.configuration import load_settings
from wiring.outside import Outside

_desk: list[Outside] = []


async def outside() -> Outside:
    """This process's adapters, made once, with secrets from the environment or else from blocks.

    `Secret/anthropic-api-key`, `Secret/github-webhook-secret`, `GitHubCredentials/github` or `Secret/github-token`.
    """
    if not _desk:
        settings = load_settings()
        found: dict[str, SecretStr | None] = {}
        if settings.anthropic_api_key is None:
            found["anthropic_api_key"] = await _secret("anthropic-api-key")
        if settings.github_token is None and settings.github_app_id is None:
            found["github_token"] = await _credentials() or await _secret("github-token")
        _desk.append(Outside(await coordinated(load_settings(**found))))
    return _desk[0]


async def _secret(name: str) -> SecretStr | None:
    try:
        block: Any = await Secret.aload(name)
    except ValueError:  # Prefect's word for a block that is not there
        return None
    return SecretStr(str(block.value.get_secret_value()))


async def _credentials() -> SecretStr | None:
    from prefect_github import GitHubCredentials  # half a second, only where a block is used

    try:
        block: Any = await GitHubCredentials.aload("github")
    except ValueError:
        return None
    return SecretStr(block.token.get_secret_value()) if block.token else None
