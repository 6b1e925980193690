"""Read the settings, or say in one line what is wrong with them."""

from pydantic import SecretStr, ValidationError

from domain.errors import ConfigurationError
from domain.settings import Settings


def load_settings(**secrets: SecretStr | None) -> Settings:
    """The settings of this process; `secrets` fill in what the environment leaves out.

    Raises:
        ConfigurationError: a value that can't be; names the variable, never a secret's value.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "the settings"
        raise ConfigurationError(f"{name}: {first['msg']}", "correct it in the environment or in .env") from None
    missing = {name: value for name, value in secrets.items() if value and getattr(settings, name) is None}
    return settings.model_copy(update=missing) if missing else settings
