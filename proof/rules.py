"""The repository's own settings, read from `.claude-cluster.toml` of the default branch."""

import tomllib
from pathlib import PurePosixPath
from typing import Any, NoReturn

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.errors import ConfigurationError
from domain.repository import RepositoryRules

RULES_FILE = ".claude-cluster.toml"
_LARGEST = 64 * 1024
_SHOWN = 60
_GUIDE = f"correct {RULES_FILE} on the default branch"


def parse_rules(data: bytes | None) -> RepositoryRules:
    """The rules in the file's bytes; None (no such file) means the defaults.

    Types are taken as written: `"3"` is no number and `"a"` is no list.

    Raises:
        ConfigurationError: not UTF-8, not TOML (spec 1.0), an unknown table or key, a wrong value.
    """
    if data is None:
        return RepositoryRules()
    table = _toml(_text(data))
    try:
        rules = RepositoryRules.model_validate(_tuples(table), strict=True)
    except ValidationError as error:
        _refuse(_explained(error.errors()[0]), error)
    _check(rules)
    return rules


def _text(data: bytes) -> str:
    if len(data) > _LARGEST:
        _refuse(f"{len(data)} bytes are too many, {_LARGEST} are the most")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(f"line {line} is not UTF-8; save the file as UTF-8", error)


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(f"not valid TOML: {error}", error)
    except RecursionError as error:
        _refuse("not valid TOML: nested too deep", error)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list) else value


def _explained(error: ErrorDetails) -> str:
    names = [part for part in error["loc"] if isinstance(part, str)]
    if error["type"] == "extra_forbidden":
        return _unknown(names)
    where = f"[{names[0]}]"
    if len(names) == 1:
        return f"{where} should be a table, not {_shown(error['input'])}"
    item = next((f", item {part + 1}," for part in error["loc"] if isinstance(part, int)), "")
    if error["type"] == "too_long":
        return f"{where} {names[1]} should hold at most {error['ctx']['max_length']}, not {len(error['input'])}"
    should = error["msg"].removeprefix("Input ").removeprefix("Value error, ")
    should = should.replace("a valid tuple", "a list").replace("a valid ", "a ")
    should = should.replace("a integer", "a whole number").replace("boolean", "true or false")
    return f"{where} {names[1]}{item} {should}, not {_shown(error['input'])}"


def _unknown(names: list[str]) -> str:
    model: type[BaseModel] = RepositoryRules
    if len(names) == 1:
        return f"unknown table or key {_shown(names[0])}; there are {_listed(model, '[{}]')}"
    annotation = model.model_fields[names[0]].annotation
    assert isinstance(annotation, type)  # noqa: S101 - every table of the rules is a model
    return f"[{names[0]}] has no key {_shown(names[-1])}; it has {_listed(annotation, '{}')}"


def _listed(model: type[BaseModel], form: str) -> str:
    return ", ".join(form.format(name) for name in model.model_fields)


def _check(rules: RepositoryRules) -> None:
    for glob in rules.guard.protected:
        try:
            GitIgnoreSpec.from_lines([glob])
        except GitIgnorePatternError as error:
            _refuse(f"[guard] protected should hold globs as in .gitignore, not {_shown(glob)}", error)
    for key, command in (("command", rules.tests.command), ("setup", rules.tests.setup)):
        if command is not None and not command.strip():
            _refuse(f"[tests] {key} should be a command, not empty; leave the key out to have it detected")
    paths = (("[tests] report", rules.tests.report), *(("[agents] extra", path) for path in rules.agents.extra))
    for name, path in paths:
        if path is not None and not _inside(path):
            _refuse(f"{name} should be a path inside the repository, not {_shown(path)}")


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith(("/", "~")) and ".." not in parts and "\\" not in path


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, (dict, list)) else {dict: "a table", list: "a list"}[type(value)]
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _refuse(problem: str, cause: Exception | None = None) -> NoReturn:
    raise ConfigurationError(f"{RULES_FILE}: {problem}", _GUIDE) from cause
