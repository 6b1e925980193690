"""Every command in the documents is one that works: parsed by the program it calls, or on a short list with a reason.

What one PC can run is run in `tests/e2e/test_first_hour.py`, the cluster's in `tests/e2e/distributed/test_guide.py`.
"""

import importlib.util
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from cyclopts import CycloptsError
from prefect.cli._app import _app as prefect_app

from cli import distributed
from cli.main import commands as one_pc

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "infra").rglob("*.md")])
_FENCED = re.compile(r"^( *)```(?:sh|bash|shell|console)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_BETWEEN = {"&&", "||", "|", ";", "&"}
_REDIRECTED = {">", ">>", "<", "2>", "2>&1"}

# Programs whose commands are not tried here, each with its reason.
NOT_HERE = {
    "apt": "needs root and changes the machine",
    "apt-get": "needs root and changes the machine",
    "cd": "of the shell",
    "docker": "needs an engine: tests/infra runs the compose file and the image with one",
    "docker-compose": "needs an engine: tests/infra runs the compose file and the image with one",
    "echo": "of the shell",
    "export": "of the shell",
    "git": "clones and pulls from github.com",
    "install": "needs root and writes to /etc",
    "ip": "shows addresses of the machine",
    "journalctl": "needs the service to be installed",
    "kubectl": "needs a cluster: tests/infra renders and checks what it is given",
    "openssl": "makes a certificate authority; the tests make theirs with a library",
    "source": "of the shell; the environment it names is made by the lines before",
    "systemctl": "needs root and the service",
    "useradd": "needs root and changes the machine",
}


@dataclass(frozen=True)
class Typed:
    """One simple command of a document."""

    document: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}: {shlex.join(self.words)}"


def _lines(block: str) -> Iterator[str]:
    """Logical lines: what a backslash or an open quote continues belongs together."""
    held = ""
    for line in block.splitlines():
        held = f"{held}\n{line}" if held else line
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        try:
            _split(held)
        except ValueError:
            continue
        yield held
        held = ""
    assert not held.strip(), f"never ends: {held}"


def _split(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    return list(lexer)


def _simple(words: list[str]) -> Iterator[tuple[str, ...]]:
    """The commands between `&&`, `|` and `;`, without assignments, redirections, `sudo` and `$( )`."""
    one: list[str] = []
    for word in [*words, ";"]:
        if word not in _BETWEEN:
            one.append(word)
            continue
        if kept := _bare(one):
            yield kept
        one = []


def _bare(words: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or word in _REDIRECTED:
            skip = not skip
            continue
        inner = re.fullmatch(r"(?:\w+=)?\$\((\S+)", word)
        if inner:
            kept.append(inner[1])
        elif kept or not (_ASSIGNED.match(word) or word == "sudo"):
            kept.append(word.removesuffix(")") if "$(" not in word else word)
    return tuple(kept)


def _typed() -> list[Typed]:
    found = []
    for path in DOCUMENTS:
        for block in _FENCED.finditer(path.read_text(encoding="utf-8")):
            for line in _lines(block[2]):
                found += [Typed(str(path.relative_to(ROOT)), words) for words in _simple(_split(line))]
    return found


TYPED = _typed()


def _click(program: click.Group, words: tuple[str, ...]) -> None:
    """Parsed as when it runs: unknown options, missing ones and values of a wrong kind are errors."""
    context = program.make_context(program.name or "", list(words), resilient_parsing=False, obj=None)
    arguments = [*context._protected_args, *context.args]
    while isinstance(context.command, click.Group) and arguments:
        name, command, arguments = context.command.resolve_command(context, arguments)
        assert command is not None
        context = command.make_context(name, arguments, parent=context)
        arguments = [*context._protected_args, *context.args] if isinstance(command, click.Group) else []


def _ours(program: click.Group) -> Callable[[Typed], None]:
    def check(typed: Typed) -> None:
        with suppress(click.exceptions.Exit):  # --version and --help end so
            _click(program, typed.words[1:])

    return check


def _prefect(typed: Typed) -> None:
    try:
        prefect_app.parse_args(list(typed.words[1:]), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise AssertionError(f"{typed}: {error}") from error


def _make(typed: Typed) -> None:
    """`-n` says what would be done, and fails where there is no such target."""
    done = subprocess.run(["make", "-n", *typed.words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _python(typed: Typed) -> None:
    rest = [word for word in typed.words[1:] if word != "-P"]
    if rest[0] == "-m":
        assert importlib.util.find_spec(rest[1]) is not None, typed
    else:
        assert (ROOT / rest[0]).is_file(), typed


def _pip(typed: Typed) -> None:
    """The constraints and the folder that it installs from are there."""
    assert typed.words[1] == "install", typed
    named = [word for word in typed.words[2:] if not word.startswith("-")]
    assert [one for one in named if not (ROOT / re.sub(r"\[.*", "", one)).exists()] == [], typed


def _copied(typed: Typed) -> None:
    assert (ROOT / typed.words[1]).exists(), typed


def _chmod(typed: Typed) -> None:
    assert re.fullmatch(r"[0-7]{3,4}", typed.words[1]), typed


def _curl(typed: Typed) -> None:
    """An address of the coordinator or of a node, at a path that `test_guide.py` asks for too."""
    (address,) = (word for word in typed.words if word.startswith(("http://", "https://")))
    path = re.sub(r"^https?://[^/]+", "", address)
    assert re.fullmatch(r"/health|/metrics|/api/(cluster/status|report|tasks(/[\w-]+)?)", path), typed


def _below(typed: Typed) -> None:
    """`claude-cluster-sandbox -- PROGRAM ...` starts another program."""
    assert typed.words[1] == "--", typed
    _check(Typed(typed.document, typed.words[2:]))


CHECKS: dict[str, Callable[[Typed], None]] = {
    "claude-cluster": _ours(one_pc),
    "claude-cluster-distributed": _ours(distributed.commands),
    "claude-cluster-sandbox": _below,
    "prefect": _prefect,
    "make": _make,
    "python": _python,
    "python3": _python,
    "pip": _pip,
    "cp": _copied,
    "chmod": _chmod,
    "curl": _curl,
}


def _check(typed: Typed) -> None:
    program = typed.words[0].rsplit("/", 1)[-1]
    if program not in NOT_HERE:
        assert program in CHECKS, f"{typed}: what is {program}? check it, or give the reason why not"
        CHECKS[program](typed)


@pytest.mark.parametrize("typed", TYPED, ids=str)
def test_the_command_is_one_that_works(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed by the program that it calls, in a folder where the files that documents name are there."""
    for name in ("cert.pem", "key.pem", "ca.pem", "issue.txt", "claude-cluster-backup.tar.gz"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    _check(typed)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_bash_can_read_every_block(path: Path) -> None:
    """`bash -n` finds no mistake."""
    for block in _FENCED.finditer(path.read_text(encoding="utf-8")):
        done = subprocess.run(["bash", "-n"], input=block[2], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_list_of_what_is_not_tried_is_short() -> None:
    """And it hides no program that could be checked."""
    assert (len(NOT_HERE) <= 16, set(NOT_HERE) & set(CHECKS)) == (True, set())


@pytest.mark.parametrize(
    "line",
    [
        "claude-cluster workflow --issue 0 --repo owner/name",
        "claude-cluster workflow --repo owner/name",
        "claude-cluster serve --max-task 2",
        "claude-cluster-distributed start-node --coordinator-host here",
        "prefect deployment runs issue-to-pr/auto",
        "make no-such-target",
        "python -m no_such_module",
        "pip install -c no-such-file.txt .",
        "cp .env.sample .env",
        "curl http://localhost:8001/api/task",
        "frobnicate",
    ],
)
def test_a_wrong_command_is_found(line: str) -> None:
    """A mistyped option, a missing one, a number out of bounds, a file or module that is not there."""
    (words,) = _simple(_split(line))
    with pytest.raises((AssertionError, click.UsageError)):
        _check(Typed("a document", words))
