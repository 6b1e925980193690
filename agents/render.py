"""Prompts are templates next to this module; an unknown variable is an error."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "prompts"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **values: object) -> str:
    """The prompt `name` (without `.md.j2`) with its values put in.

    Raises:
        jinja2.UndefinedError: the template wants a value that was not given.
    """
    return _environment().get_template(f"{name}.md.j2").render(**values).strip()
