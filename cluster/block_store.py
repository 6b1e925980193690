"""Secrets stored on a Prefect server, where workers find what their own environment leaves out."""

import json
import os
import subprocess
import sys

from cluster.launch import child_environment
from cluster.server import Server
from domain.errors import ClusterError, ConfigurationError
from domain.settings import Settings

_SECONDS = 180


def save_secrets(settings: Settings, server: Server) -> tuple[str, ...]:
    """Store the token, the model's key and the webhook secret, as far as they are set; gives the blocks' names.

    A process of its own does it, because Prefect reads its settings once, when it is imported.

    Raises:
        ConfigurationError: none of them is set.
        ClusterError: the server did not take them.
    """
    if not (settings.github_token or settings.anthropic_api_key or settings.github_webhook_secret):
        raise ConfigurationError("there is no secret to save", "set GITHUB_TOKEN and ANTHROPIC_API_KEY")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cluster.block_store"],
        capture_output=True,
        text=True,
        cwd=settings.home,
        env=child_environment(settings, server),
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        last = _hidden((done.stderr.strip().splitlines() or ["no message"])[-1][:300], settings)
        raise ClusterError(f"the Prefect server at {server.api_url} did not take the secrets: {last}")
    return tuple(json.loads(done.stdout.splitlines()[-1]))


def _hidden(words: str, settings: Settings) -> str:
    for secret in (settings.github_token, settings.anthropic_api_key, settings.github_webhook_secret):
        if secret and secret.get_secret_value():
            words = words.replace(secret.get_secret_value(), "***")
    return words


def main() -> None:
    """`python -P -m cluster.block_store`: save what the environment holds, print the names as JSON."""
    from prefect.blocks.system import Secret  # noqa: PLC0415 - it reads PREFECT_API_URL when imported
    from prefect_github import GitHubCredentials  # noqa: PLC0415 - as above

    saved = []
    for variable, name in (
        ("ANTHROPIC_API_KEY", "anthropic-api-key"),
        ("GITHUB_WEBHOOK_SECRET", "github-webhook-secret"),
    ):
        if value := os.environ.get(variable):
            Secret(value=value).save(name, overwrite=True)
            saved.append(f"Secret/{name}")
    if token := os.environ.get("GITHUB_TOKEN"):
        GitHubCredentials(token=token).save("github", overwrite=True)
        saved.append("GitHubCredentials/github")
    sys.stdout.write(json.dumps(saved))


if __name__ == "__main__":
    main()
