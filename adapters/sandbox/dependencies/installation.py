"""Runs the steps of one installation and keeps a log of them."""

import os
from pathlib import Path

from adapters.sandbox.dependencies.step import Step
from adapters.sandbox.isolation import Isolation
from domain.command import Place
from domain.errors import EnvironmentFailed

_SECONDS = 1800
_TAIL = 300
# How to reach a package index from here; what holds a login (`user:password@host`) stays out.
_PASSED_ON = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CERT"),
    *("NPM_CONFIG_REGISTRY", "npm_config_registry", "NODE_EXTRA_CA_CERTS", "GOPROXY", "GOSUMDB"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


class Installation:
    """One environment in the making: `place` is the copy of the checkout and the folder to fill."""

    def __init__(self, sandbox: Isolation, place: Place, log: Path) -> None:
        self._sandbox = sandbox
        self._place = place
        self._log = log

    async def run(self, steps: tuple[Step, ...]) -> None:
        """Run all steps. Raises `EnvironmentFailed` when a required one fails."""
        self._log.write_text("", encoding="utf-8")
        for step in steps:
            failed = await self._fails(step.command)
            for command in step.otherwise:
                if not failed:
                    break
                failed = await self._fails(command)
            if failed and step.required:
                raise EnvironmentFailed(
                    f"the repository's dependencies did not install: `{step.command}`: {failed}",
                    f"see {self._log}, or say how to install them in `[tests] setup` of .claude-cluster.toml",
                )

    async def _fails(self, command: str) -> str:
        """The last words of a command that failed; nothing if it went well."""
        result = await self._sandbox.run(
            self._place, command, _SECONDS, self._variables(), network=True, writable_environment=True
        )
        with self._log.open("a", encoding="utf-8", errors="replace") as log:
            log.write(f"$ {command}\n{result.output}\n[exit code {result.exit_code}, {result.seconds:.1f} s]\n")
        if result.timed_out:
            return f"it ran for more than {_SECONDS // 60} minutes"
        return "" if result.exit_code == 0 else result.output.strip()[-_TAIL:] or f"exit code {result.exit_code}"

    def _variables(self) -> dict[str, str]:
        passed = {name: os.environ.get(name, "") for name in _PASSED_ON}
        known = {name: value for name, value in passed.items() if value and "@" not in value}
        return {"CLAUDE_CLUSTER_ENV": self._sandbox.path(self._place, "/env"), **known}
