"""The specialists: data files of a prompt each, with the words that call for it."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from domain.errors import ConfigurationError, UsageError
from domain.frozen import Frozen

ORDER = ("backend", "frontend", "testing", "devops", "database", "docs", "security")

_FOLDER = Path(__file__).parent / "specialists"
_NAME = "^[a-z][a-z0-9-]{0,39}$"
_FENCE = "---"
_LARGEST = 200_000


def _split(value: object) -> object:
    """A list may be written as text with commas, which keeps hundreds of terms readable."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Terms = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Signals(Frozen):
    """What speaks for a specialist, in the notation of `agents.term`.

    `decisive` names the deliverable, `strong` the area, `weak` what merely often goes with it;
    `ignore` are phrases that hold such words and mean something else. `labels` are whole labels or words
    in them; `paths` are globs; `fences` are languages of code blocks.
    """

    labels: Terms = ()
    decisive: Terms = ()
    strong: Terms = ()
    weak: Terms = ()
    ignore: Terms = ()
    paths: Terms = ()
    fences: Terms = ()


class Specialist(Frozen):
    """One specialist; `prompt` is Markdown, `checklist` what it checks before submitting and in review."""

    name: str = Field(pattern=_NAME)
    title: str = Field(min_length=1, max_length=80)
    aliases: Terms = ()
    signals: Signals = Signals()
    checklist: tuple[str, ...] = ()
    prompt: str = Field(min_length=1)


def load_specialists(disabled: tuple[str, ...] = (), extra: tuple[str, ...] = ()) -> tuple[Specialist, ...]:
    """The built-in specialists in their fixed order, less the disabled, then the extra ones.

    `disabled` are names or aliases; `extra` are Markdown texts with YAML front matter. One with a
    built-in's name takes its place. Raises `ConfigurationError` if a text is malformed, if an alias
    belongs to two, or if nobody is left; `UsageError` if a disabled name is unknown.
    """
    found = {one.name: one for one in _built_in()}
    for number, text in enumerate(extra, start=1):
        one = parse_specialist(text, f"extra specialist {number}")
        found[one.name] = one
    everyone = tuple(found.values())
    _refuse_shared_names(everyone)
    gone = {resolve(name, everyone).name for name in disabled}
    left = tuple(one for one in everyone if one.name not in gone)
    if not left:
        raise ConfigurationError("every specialist is disabled", "leave at least one in [agents] disabled")
    return left


def resolve(name: str, specialists: Sequence[Specialist]) -> Specialist:
    """The specialist of that name or alias, in any case. Raises `UsageError` naming the valid ones."""
    wanted = name.strip().casefold()
    for one in specialists:
        if wanted in _names(one):
            return one
    valid = ", ".join(one.name for one in specialists)
    raise UsageError(f"no specialist is called {name[:60]!r}", f"choose one of {valid}")


def parse_specialist(text: str, source: str) -> Specialist:
    """Read one Markdown text. Raises `ConfigurationError`, in one line that begins with `source`."""
    if len(text) > _LARGEST:
        raise ConfigurationError(f"{source}: longer than {_LARGEST} characters")
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != _FENCE:
        raise ConfigurationError(f"{source}: no front matter", "begin the file with a line of ---")
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.strip() == _FENCE), None)
    if end is None:
        raise ConfigurationError(f"{source}: the front matter does not end", "close it with a line of ---")
    fields = _front_matter("\n".join(lines[1:end]), source)
    try:
        return Specialist.model_validate({**fields, "prompt": "\n".join(lines[end + 1 :]).strip()})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "front matter"
        raise ConfigurationError(f"{source}: {where}: {first['msg']}") from error


def _front_matter(text: str, source: str) -> dict[str, object]:
    try:
        fields = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source}: the front matter is not YAML: {error}") from error
    if not isinstance(fields, dict) or "prompt" in fields:
        raise ConfigurationError(f"{source}: the front matter must be a mapping, without a prompt")
    return {str(key): value for key, value in fields.items()}


def _names(one: Specialist) -> set[str]:
    return {one.name.casefold(), *(alias.casefold() for alias in one.aliases)}


def _refuse_shared_names(specialists: Sequence[Specialist]) -> None:
    owner: dict[str, str] = {}
    for one in specialists:
        for name in _names(one):
            if owner.setdefault(name, one.name) != one.name:
                raise ConfigurationError(f"{name!r} is an alias of both {owner[name]} and {one.name}")


@lru_cache(maxsize=1)
def _built_in() -> tuple[Specialist, ...]:
    return tuple(parse_specialist((_FOLDER / f"{name}.md").read_text("utf-8"), f"{name}.md") for name in ORDER)
