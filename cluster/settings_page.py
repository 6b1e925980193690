"""Every setting as one page: `python -m cluster.settings_page > docs/settings.md`."""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from cluster.variables import Section, sections, text_of
from domain.repository import RepositoryRules
from domain.settings import Settings

_HEAD = """\
# Settings

Written by `python -m cluster.settings_page` from the settings models; a test holds this page equal to the program.

## Variables

Real variables of the environment beat `.env` in the current folder; both beat blocks on the Prefect server.
`claude-cluster setup` checks them, [.env.example](../.env.example) is a file to begin with. An empty variable counts
as not set.
"""
_RULES = """\
## The repository's own: `.claude-cluster.toml`

On the default branch; what a branch or a pull request says there does not count. Every key may be left out, an
unknown one is refused before anything is paid. An example stands in the [README](../README.md#settings).
"""
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_BOUNDS = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}", "maxItems": "at most {}"}


def page() -> str:
    """The page in Markdown."""
    return "\n".join([_HEAD, *map(_section, sections()), _RULES, *_tables()])


def _section(section: Section) -> str:
    rows = ["| variable | default | kind | |", "|---|---|---|---|"]
    for one in section.variables:
        kind = _kind(Settings.model_fields[one.field])
        rows.append(f"| `{one.name}` | {_code(one.default)} | {kind} | {_safe(one.meaning)} |")
    return "\n".join([f"### {section.title}\n", *rows, ""])


def _tables() -> Iterator[str]:
    meanings = tomllib.loads(files("cluster").joinpath("repository_keys.toml").read_text(encoding="utf-8"))
    for table, held in RepositoryRules.model_fields.items():
        rows = [f"### `[{table}]`\n", "| key | default | kind | |", "|---|---|---|---|"]
        fields = type(held.default).model_fields
        rows += [_row(key, field, meanings[table]) for key, field in fields.items()]
        yield "\n".join([*rows, ""])


def _row(key: str, field: FieldInfo, meanings: Mapping[str, str]) -> str:
    default = "" if field.default == () else text_of(field.default)
    return f"| `{key}` | {_code(default)} | {_kind(field)} | {_safe(meanings[key])} |"


def _kind(field: FieldInfo) -> str:
    """What a value may be, in words, from the field's JSON schema."""
    schema = TypeAdapter(field.annotation or str).json_schema()
    for rule in field.metadata:
        schema |= dict(_bounds(rule))
    return _worded(schema)


def _bounds(rule: object) -> Iterator[tuple[str, object]]:
    names = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "max_length": "maxItems"}
    for name, known in names.items():
        if (value := getattr(rule, name, None)) is not None:
            yield known, value


def _worded(schema: Mapping[str, Any]) -> str:
    choices = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    one = {**choices[0], **{name: schema[name] for name in _BOUNDS if name in schema}}
    bounds = "".join(f", {words.format(one[name])}" for name, words in _BOUNDS.items() if name in one)
    if "enum" in one:
        return ", ".join(map(_code, one["enum"]))
    if one.get("type") == "array":
        items = one.get("items", {})
        of = f" of {', '.join(map(_code, items['enum']))}" if "enum" in items else ""
        return f"list{of}{bounds}"
    kinds = {"path": "path", "password": "secret"}
    return kinds.get(one.get("format", ""), _KINDS.get(str(one.get("type")), "text")) + bounds


def _code(text: object) -> str:
    return f"`{_safe(str(text))}`" if text != "" else ""


def _safe(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    sys.stdout.write(page())
