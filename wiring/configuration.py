"""Read the settings, or say in one line what is wrong with them."""

import logging
from pathlib import Path

from pydantic import SecretStr, ValidationError

from domain.errors import ConfigurationError
from domain.secrecy import keep_secret
from domain.settings import Settings


def load_settings(**secrets: SecretStr | None) -> Settings:
    """The settings of this process; `secrets` fill in what the environment leaves out.

    Raises:
        ConfigurationError: a value that can't be; names the variable, never a secret's value. Or a `.env`
            that belongs to the repository of the current folder: anybody may have written it, and it
            could send keys elsewhere or switch the sandbox off.
    """
    if _is_tracked(Path(".env")):
        raise ConfigurationError(
            ".env is part of the repository in this folder, so it can't be trusted",
            "start claude-cluster elsewhere, or take .env out of the repository",
        )
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "the settings"
        problem = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{name}: {problem}", "correct it in the environment or in .env") from None
    missing = {name: value for name, value in secrets.items() if value and getattr(settings, name) is None}
    settings = settings.model_copy(update=missing) if missing else settings
    values = (getattr(settings, name) for name in Settings.model_fields)
    keep_secret(*(value for value in values if isinstance(value, SecretStr)))
    return settings


def _is_tracked(file: Path) -> bool:
    """Whether git has the file in its index; the index is read as data, no git runs in the folder."""
    path = file.absolute()
    if not path.exists() or not any((folder / ".git").exists() for folder in path.parents):
        return False
    import git  # noqa: PLC0415 - a tenth of a second, only where a .env lies in a checkout

    try:
        repo = git.Repo(path.parent, search_parent_directories=True)
        inside = path.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve()).as_posix()
        known = (inside, 0) in repo.index.entries
    except (git.exc.GitError, OSError, ValueError) as error:
        logging.getLogger(__name__).info("index not readable folder=%s error=%s", path.parent, type(error).__name__)
        return True
    return known
