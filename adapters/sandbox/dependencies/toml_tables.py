"""Tables of TOML files that anybody may have written: what is not as expected is empty."""

import tomllib
from collections.abc import Mapping
from typing import Any


def read_toml(text: str) -> Mapping[str, Any]:
    """The tables of a text; none if it is no TOML."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def table(source: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The table below these names."""
    for name in names:
        inner = source.get(name)
        source = inner if isinstance(inner, dict) else {}
    return source


def strings(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
