"""Every setting, read once at the edge: environment first, then `.env` in the current folder."""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.case import Limits
from domain.endpoint import NamedEndpoint

SandboxKind = Literal["auto", "bubblewrap", "container", "none"]


def _named(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    """The names are those of the environment; see `.env.example` for what each means."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    github_token: SecretStr | None = None
    github_app_id: str | None = None
    github_app_private_key_file: Path | None = None
    github_api_url: str = "https://api.github.com"
    github_server_url: str = "https://github.com"
    github_webhook_secret: SecretStr | None = None
    git_user_name: str = "claude-cluster"
    git_user_email: str = "claude-cluster@localhost"
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: str = "https://api.anthropic.com"
    coordinator_host: str = "localhost"
    coordinator_port: int = Field(default=8001, ge=1, le=65_535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = Field(default="text", validation_alias=_named("CLAUDE_CLUSTER_LOG_FORMAT"))
    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_state_dir("claude-cluster", appauthor=False)),
        validation_alias=_named("CLAUDE_CLUSTER_HOME"),
    )
    repo: str | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_REPO"))
    model: str = Field(default="claude-opus-5-5", validation_alias=_named("CLAUDE_CLUSTER_MODEL"))
    prices: Path | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_PRICES"))
    max_cost_usd: float = Field(default=3.0, gt=0, validation_alias=_named("CLAUDE_CLUSTER_MAX_COST_USD"))
    daily_cost_usd: float = Field(default=50.0, gt=0, validation_alias=_named("CLAUDE_CLUSTER_DAILY_COST_USD"))
    max_steps: int = Field(default=150, ge=1, validation_alias=_named("CLAUDE_CLUSTER_MAX_STEPS"))
    max_seconds: int = Field(default=3600, ge=1, validation_alias=_named("CLAUDE_CLUSTER_MAX_SECONDS"))
    command_seconds: int = Field(default=120, ge=1, validation_alias=_named("CLAUDE_CLUSTER_COMMAND_SECONDS"))
    sandbox: SandboxKind = Field(default="auto", validation_alias=_named("CLAUDE_CLUSTER_SANDBOX"))
    task_image: str = Field(default="claude-cluster", validation_alias=_named("CLAUDE_CLUSTER_TASK_IMAGE"))
    task_memory: str = Field(
        default="4g", pattern=r"^[1-9]\d*[bkmg]?$", validation_alias=_named("CLAUDE_CLUSTER_TASK_MEMORY")
    )
    task_cpus: float = Field(default=2.0, gt=0, validation_alias=_named("CLAUDE_CLUSTER_TASK_CPUS"))
    task_network: str | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_TASK_NETWORK"))
    api_token: SecretStr | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_API_TOKEN"))
    allowed_logins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), validation_alias=_named("CLAUDE_CLUSTER_ALLOWED_LOGINS")
    )
    private_test_hosts: Annotated[tuple[NamedEndpoint, ...], NoDecode] = Field(
        default=(), validation_alias=_named("CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS")
    )
    prefect_api_url: str | None = None
    coordinator_url: str | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_COORDINATOR_URL"))
    ca_file: Path | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_CA_FILE"))
    node_id: str | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_NODE_ID"))
    database_url: SecretStr | None = Field(default=None, validation_alias=_named("CLAUDE_CLUSTER_DATABASE_URL"))

    @field_validator("allowed_logins", "private_test_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("home", "github_app_private_key_file", "prices", "ca_file", mode="after")
    @classmethod
    def _expand(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @field_validator("github_api_url", "github_server_url", "anthropic_base_url", mode="after")
    @classmethod
    def _trim(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            msg = "must begin with http:// or https://"
            raise ValueError(msg)
        return value.rstrip("/")

    @property
    def limits(self) -> Limits:
        """What one attempt may use."""
        return Limits(
            max_cost_usd=self.max_cost_usd,
            daily_cost_usd=self.daily_cost_usd,
            max_steps=self.max_steps,
            max_seconds=self.max_seconds,
            command_seconds=self.command_seconds,
        )
