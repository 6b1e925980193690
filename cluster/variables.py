"""The settings as variables of the environment: their names, what they are for, their values as text."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import AliasChoices, SecretStr

from domain.frozen import Frozen
from domain.settings import Settings


class Variable(Frozen):
    """One setting; `default` is empty where there is none that is the same everywhere."""

    name: str
    meaning: str
    field: str
    default: str = ""
    wanted: bool = False


class Section(Frozen):
    """Variables that belong together."""

    title: str
    variables: tuple[Variable, ...]


@cache
def sections() -> tuple[Section, ...]:
    """Every variable once, in the order in which a person fills them in."""
    known = {_name_of(field): field for field in Settings.model_fields}
    table = tomllib.loads(files("cluster").joinpath("variables.toml").read_text(encoding="utf-8"))
    return tuple(
        Section(title=one["title"], variables=tuple(_variable(entry, known) for entry in one["variable"]))
        for one in table["section"]
    )


def text_of(value: object) -> str:
    """A setting's value as the environment would hold it; secrets in clear."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _variable(entry: dict[str, str], known: dict[str, str]) -> Variable:
    field = known[entry["name"]]
    default = Settings.model_fields[field].default
    plain = isinstance(default, str | int | float)
    return Variable.model_validate({**entry, "field": field, "default": text_of(default) if plain else ""})


def _name_of(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else field.upper()
