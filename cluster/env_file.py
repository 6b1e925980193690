"""The `.env` file: the example that is shipped, and one with what is set now.

`python -m cluster.env_file > .env.example` writes the example.
"""

import os
import re
import sys
from pathlib import Path

from cluster.variables import Variable, sections, text_of
from domain.errors import ConfigurationError
from domain.settings import Settings

_HEAD = """\
# Settings of claude-cluster. Copy this file to .env beside your work, and fill it in: real variables beat the file.
# `claude-cluster setup` checks it; `claude-cluster setup --write-env` writes one with what is set now.
# A line that begins with # shows the default.
"""
_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+=-]*")


def render(settings: Settings | None = None) -> str:
    """The file's text: the example, or with the values that were given to these settings, secrets in clear.

    Raises:
        ConfigurationError: a value that the file's syntax can't hold; names the variable only.
    """
    parts = [_HEAD]
    for section in sections():
        parts.append(f"\n# ---- {section.title}\n")
        parts += [f"\n# {one.meaning}\n{_line(one, settings)}\n" for one in section.variables]
    return "".join(parts)


def write(folder: Path, settings: Settings) -> Path:
    """Write `.env`, or `.env.new` beside an existing one, readable by its owner alone; gives its path.

    Raises:
        ConfigurationError: both are there, or the folder can't be written.
    """
    text = render(settings)
    for path in (folder / ".env", folder / ".env.new"):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise ConfigurationError(
                f"{path} can't be written: {error.strerror}", "run it in a folder that you may write"
            ) from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path
    raise ConfigurationError(".env and .env.new are there already", "compare them, and remove .env.new")


def _line(variable: Variable, settings: Settings | None) -> str:
    if settings and variable.field in settings.model_fields_set:
        return f"{variable.name}={_quoted(variable.name, text_of(getattr(settings, variable.field)))}"
    return f"{variable.name}=" if variable.wanted else f"# {variable.name}={variable.default}"


def _quoted(name: str, value: str) -> str:
    # python-dotenv expands ${...} even in quotes, and a value ends with its line
    if "${" in value or not value.isprintable():
        raise ConfigurationError(f"the value of {name} can't be written to .env", "set it as a real variable")
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


if __name__ == "__main__":
    sys.stdout.write(render())
