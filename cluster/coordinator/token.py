"""The cluster's token: made at the first start, for the owner's eyes only, shown once."""

import os
import secrets
import stat
from pathlib import Path

from pydantic import SecretStr

from domain.errors import ConfigurationError
from domain.secrecy import keep_secret
from domain.settings import Settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def token_file(home: Path) -> Path:
    """Where it is kept."""
    return home / "token"


def known_token(settings: Settings) -> SecretStr | None:
    """The token of the settings, else of the state folder; None if there is none yet.

    Raises:
        ConfigurationError: others may read the file.
    """
    if settings.api_token:
        return settings.api_token
    path = token_file(settings.home)
    if not path.exists():
        return None
    if path.stat().st_mode & _OTHERS:
        raise ConfigurationError(f"others may read the token in {path}", f"chmod 600 {path}")
    keep_secret(token := SecretStr(path.read_text().strip()))
    return token


def ensure_token(settings: Settings) -> tuple[SecretStr, bool]:
    """The token, and whether it was made just now."""
    if found := known_token(settings):
        return found, False
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(token_file(settings.home), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    made = known_token(settings.model_copy(update={"api_token": None}))
    if made is None:
        raise ConfigurationError("the token can't be stored", f"check {settings.home}")
    return made, True
