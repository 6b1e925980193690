"""The documents say what the program does: names, messages, examples and links are held to it."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest

from adapters.claude import price_file
from adapters.claude.prices import PriceBook
from adapters.claude.usage import Usage
from agents.scoring import score
from agents.specialist import load_specialists
from cli import distributed
from cli.main import commands
from cli.manual import manual
from cluster.env_file import render
from cluster.settings_page import page
from cluster.variables import sections
from domain.issue import Issue
from domain.repository import RepositoryRules
from proof.rules import parse_rules

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "infra").glob("*.md")])
SOURCES = ("adapters", "agents", "cli", "cluster", "domain", "flows", "proof", "tasks", "wiring")
_IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
_INLINE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PROGRAMS = {"claude-cluster": commands, "claude-cluster-distributed": distributed.commands}
_CALL = re.compile(r"(?<![\w/.-])(claude-cluster(?:-distributed)?) ([^\n`|#]+)")
# A namespace and a user are called claude-cluster too.
_NAMESAKES = re.compile(r"^kubectl .*?(?:-- |$)|sudo -u \S+ ", re.MULTILINE)
_GOES_ON = re.compile(r"\\\n\s*")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PROMISED = 19  # the four cases of the first guide, and fifteen more

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=_IDS)


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _code(text: str) -> str:
    """Code of all kinds; a line a piece."""
    blocks = [found[2] for found in _FENCED.finditer(text)]
    inline = [found[1] for found in _INLINE.finditer(_FENCED.sub("", text))]
    return "\n".join([*blocks, *inline])


def _blocks(text: str, language: str) -> list[str]:
    return [found[2] for found in _FENCED.finditer(text) if found[1] == language]


@each_document
def test_every_command_exists_with_its_options(path: Path) -> None:
    """What is written after a program's name is a command of it, and so is every option."""
    wrong = []
    code = _NAMESAKES.sub("", _GOES_ON.sub(" ", _code(path.read_text(encoding="utf-8"))))
    for call in _CALL.finditer(code):
        program, words = _PROGRAMS[call[1]], call[2].split()
        command = program.get_command(click.Context(program), words[0].rstrip(".,"))
        if words[0].startswith(("-", "[")):
            continue
        if command is None:
            wrong.append(call[0])
            continue
        known = {option for parameter in command.params for option in parameter.opts}
        wrong += [call[0] for word in words[1:] if word.startswith("-") and word.strip(",)") not in known]
    assert wrong == []


@each_document
def test_every_link_leads_somewhere(path: Path) -> None:
    """Links to files of the project resolve from where the document is."""
    links = [found[1].split("#")[0] for found in _LINK.finditer(path.read_text(encoding="utf-8"))]
    local = [link for link in links if link and "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


@each_document
def test_every_variable_is_a_setting(path: Path) -> None:
    """A variable of ours that is named in a document is read by the program."""
    known = {one.name for section in sections() for one in section.variables}
    named = set(re.findall(r"\b(?:CLAUDE_CLUSTER|GITHUB|ANTHROPIC|COORDINATOR)_[A-Z_]+\b", path.read_text("utf-8")))
    assert named - known == set()


@each_document
def test_every_target_and_module_exists(path: Path) -> None:
    """`make X` is a target of the Makefile, `python -m X` a module that is there."""
    code = _code(path.read_text(encoding="utf-8"))
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    wanted = set(re.findall(r"^\s*make ([a-z-]+)", code, re.MULTILINE))
    modules = set(re.findall(r"python3? (?:-P )?-m ([a-z_.]+)", code))
    missing = {name for name in modules if importlib.util.find_spec(name) is None}
    assert (wanted - targets, missing) == (set(), set())


@pytest.mark.parametrize("name", ["docs/architecture.md", "docs/security.md", "CONTRIBUTING.md"])
def test_every_path_of_the_source_is_there(name: str) -> None:
    """Files and folders of the project that are named in code exist; globs find something."""
    folders = "|".join((*SOURCES, "deployments", "demo", "tests", "docs"))
    named = re.findall(rf"^((?:{folders})/[\w./*-]*)$", _code(_text(name)), re.MULTILINE)
    assert [one for one in named if not any(ROOT.glob(one.rstrip("/")))] == []


def test_the_commands_page_is_what_the_program_says() -> None:
    """`python -m cli.manual` gives docs/commands.md."""
    assert _text("docs/commands.md") == manual()


def test_the_example_of_settings_is_generated() -> None:
    """`python -m cluster.env_file` gives .env.example, which names every setting once and nothing else."""
    names = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", _text(".env.example"), re.MULTILINE)
    known = [one.name for section in sections() for one in section.variables]
    assert (_text(".env.example"), names) == (render(), known)


def test_the_settings_page_is_generated() -> None:
    """`python -m cluster.settings_page` gives docs/settings.md, which names every variable."""
    named = set(re.findall(r"^\| `([A-Z_]+)` ", _text("docs/settings.md"), re.MULTILINE))
    known = {one.name for section in sections() for one in section.variables}
    assert (_text("docs/settings.md"), named) == (page(), known)


def test_prices_are_those_that_the_program_reckons_with() -> None:
    """Every row of the table: fresh input, read from the cache, written to it, output."""
    rows = re.findall(r"^\| `(claude-[\w.-]+)` \| (.+) \|$", _text("docs/cost.md"), re.MULTILINE)
    kinds, few = ("fresh", "cache_read", "cache_write_5m", "output"), 1_000
    prices = PriceBook(None)
    told = {name: [round(float(cell), 6) for cell in cells.split(" | ")] for name, cells in rows}
    assert len(told) > 3
    assert told == {
        name: [round(prices.cost_usd(name, Usage(**{kind: few})) * 1_000, 6) for kind in kinds] for name in told
    }


def test_the_example_of_a_specialist_works() -> None:
    """The file on the page is a specialist, and an issue of its area goes to it."""
    (example,) = _blocks(_text("docs/specialists.md"), "markdown")
    issue = Issue(
        repo="acme/game", number=1, title="The hit box of the dragon is too large", body="Since the last level."
    )
    assert score(issue, load_specialists(extra=(example,))).primary == "games"


def _spoken() -> str:
    """All that the program can say: texts of its code (no comments, no docstrings), of its tables and scripts."""
    said: list[str] = []
    for path in (file for folder in SOURCES for file in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        for one in ast.walk(tree):
            if isinstance(one, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "\0" for part in one.values]
                said.append("".join(parts))
            elif isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in silent:
                said.append(one.value)
    kinds = ("toml", "yaml", "sh")
    tables = [path for folder in (*SOURCES, "infra") for kind in kinds for path in (ROOT / folder).rglob(f"*.{kind}")]
    return "\n".join([*said, *(path.read_text(encoding="utf-8") for path in tables)])


def _messages() -> Iterator[str]:
    for title in re.findall(r"^### (.+)$", _text("docs/troubleshooting.md"), re.MULTILINE):
        yield from _INLINE.findall(title)


def test_every_quoted_message_is_the_programs_own() -> None:
    """Headings of the troubleshooting page that quote a message, split at what differs, are texts of the program."""
    spoken = _spoken()
    messages = [message for message in _messages() if message != "status"]
    parts = {message: [part.strip(" :;()") for part in re.split(r"…|#", message)] for message in messages}
    absent = [message for message, found in parts.items() if not all(part in spoken for part in found)]
    assert (len(messages) >= _PROMISED, absent) == (True, [])


@pytest.mark.parametrize(
    "promised", ["GitHub authentication failed", "Rate limit exceeded", "Node registration failed"]
)
def test_the_first_guides_cases_are_on_the_page(promised: str) -> None:
    """Three are messages of ours; the fourth, a container that fails to start, is Docker's."""
    assert any(message.removeprefix("Warning: ").startswith(promised) for message in _messages())
    assert "`container failed to start`" in _text("docs/troubleshooting.md")


def test_every_case_says_what_to_do() -> None:
    """No heading of the troubleshooting page without a paragraph below it."""
    cases = re.split(r"^### ", _text("docs/troubleshooting.md"), flags=re.MULTILINE)[1:]
    assert [case.splitlines()[0] for case in cases if len(case.split("\n\n", 1)[1].strip()) < 20] == []


@pytest.mark.parametrize("name", ["README.md", "README.ja.md", "docs/troubleshooting.md", "docs/specialists.md"])
def test_examples_of_settings_files_are_valid(name: str, tmp_path: Path) -> None:
    """Every TOML block is a valid `.claude-cluster.toml`, or a price file."""
    for number, block in enumerate(_blocks(_text(name), "toml")):
        if block.startswith("[models"):
            file = tmp_path / f"{number}.toml"
            file.write_text(block, encoding="utf-8")
            assert price_file.load(file).models
        else:
            assert parse_rules(block.encode()) != RepositoryRules()


@pytest.mark.parametrize("name", ["README", "docs/first-hour"])
def test_both_languages_say_the_same(name: str) -> None:
    """The Japanese one has the same sections, commands, tables and links in the same order."""

    def shape(name: str) -> tuple[object, ...]:
        text = _text(name)
        commands_of = [
            re.sub(r"\s*#.*", "", line) for block in _blocks(text, "sh") for line in block.splitlines() if line.strip()
        ]
        levels = [len(found) for found in re.findall(r"^(#+) ", _FENCED.sub("", text), re.MULTILINE)]
        links = [link for link in _LINK.findall(text) if not re.match(r"README|docs/pipeline|.*first-hour", link)]
        codes = re.findall(r"^\| (\d+) \|", text, re.MULTILINE)
        return commands_of, levels, links, codes

    assert shape(f"{name}.ja.md") == shape(f"{name}.md")


def test_both_pictures_are_the_same_but_for_the_words() -> None:
    """Well-formed, with a title and a description, and of the same shapes."""

    def shapes(name: str) -> list[tuple[str, dict[str, str]]]:
        root = ET.fromstring(_text(name))
        assert [one.tag.split("}")[1] for one in root][:2] == ["title", "desc"]
        return [
            (one.tag, {key: value for key, value in one.attrib.items() if key != "font-family"}) for one in root.iter()
        ]

    assert shapes("docs/pipeline.ja.svg") == shapes("docs/pipeline.svg")


def test_the_tests_that_a_claim_names_are_there() -> None:
    """What the page on security names as tried exists: each file of tests, and each test in it."""
    named = re.findall(r"`((?:tests/)?[\w/]*test_\w+)(?:\.py)?(?:::(test_\w+))?`", _text("docs/security.md"))
    files = {path.stem: path for path in (ROOT / "tests").rglob("test_*.py")}
    tests = {name for path in files.values() for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))}
    wrong = [path for path, _ in named if path.startswith("tests/") and not (ROOT / f"{path}.py").is_file()]
    wrong += [path for path, _ in named if not path.startswith("tests/") and path not in {*files, *tests}]
    wrong += [test for path, test in named if test and test not in (ROOT / f"{path}.py").read_text("utf-8")]
    assert (wrong, len(named) > _PROMISED) == ([], True)
