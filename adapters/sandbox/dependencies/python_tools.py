"""What tox, nox, hatch and pipenv would install for the tests; none of them is started."""

import ast
import configparser
import re
from collections.abc import Iterator

from adapters.sandbox.dependencies.projects import Project
from adapters.sandbox.dependencies.toml_tables import read_toml, strings, table

_FACTOR = re.compile(r"[\w{},!.-]+:\s+")
_HATCH_ENVIRONMENTS = ("default", "test", "tests", "hatch-test")
_OTHER_WORK = re.compile(r"lint|format|fmt|docs?|type|mypy|build|release|publish|bench")


def tool_requirements(project: Project) -> tuple[str, ...]:
    """Requirements as pip takes them; one that begins with `-r ` is a file."""
    found = (*_tox(project), *_nox(project), *_hatch(project), *_pipenv(project))
    return tuple(dict.fromkeys(line for line in found if line and "{" not in line))


def _tox(project: Project) -> Iterator[str]:
    """`deps` of `[testenv]`, without what only some environments get (tox's docs, `deps`)."""
    tool = table(read_toml(project.text("pyproject.toml")), "tool", "tox")
    for text in (project.text("tox.ini"), str(tool.get("legacy_tox_ini", ""))):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        lines = parser.get("testenv", "deps", fallback="").splitlines()
        yield from (_option(line) for line in lines if not _FACTOR.match(line.strip()))
    yield from strings(table(tool, "env_run_base").get("deps"))


def _option(line: str) -> str:
    text = line.partition(" #")[0].strip()
    return f"-r {text[2:].strip()}" if text.startswith("-r") else "" if text.startswith(("-", "#", ".")) else text


def _nox(project: Project) -> Iterator[str]:
    """The literal arguments of `session.install` in sessions that may be the tests'; the file is not run."""
    try:
        module = ast.parse(project.text("noxfile.py"))
    except (SyntaxError, ValueError, RecursionError):
        return
    for session in (node for node in module.body if isinstance(node, ast.FunctionDef)):
        if not _OTHER_WORK.search(session.name):
            for call in (node for node in ast.walk(session) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Attribute) and call.func.attr == "install":
                    yield from _installed(call)


def _installed(call: ast.Call) -> Iterator[str]:
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    before = ""
    for word in words:
        if before in {"-r", "--requirement"}:
            yield f"-r {word}"
        elif not word.startswith(("-", ".")) and before not in {"-c", "--constraint", "-e", "--editable"}:
            yield word
        before = word


def _hatch(project: Project) -> Iterator[str]:
    inside = table(read_toml(project.text("pyproject.toml")), "tool", "hatch", "envs")
    beside = table(read_toml(project.text("hatch.toml")), "envs")
    for environments in (inside, beside):
        for name in _HATCH_ENVIRONMENTS:
            environment = table(environments, name)
            yield from strings(environment.get("dependencies"))
            yield from strings(environment.get("extra-dependencies"))


def _pipenv(project: Project) -> Iterator[str]:
    declared = read_toml(project.text("Pipfile"))
    for section in ("packages", "dev-packages"):
        for name, value in table(declared, section).items():
            version = value.get("version", "*") if isinstance(value, dict) else value
            is_elsewhere = isinstance(value, dict) and {"git", "path", "file"} & set(value)
            if not is_elsewhere:
                yield name if version == "*" else f"{name}{version}"
