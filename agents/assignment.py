"""From a case to a round: who works, what the specialist is told, where a fix round takes up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from agents.context import checklist, opening, system
from agents.job import Job
from agents.locate import LONGEST_FILE, Located, SourceFile, locate
from agents.nearby import by_path, worth_reading
from agents.scoring import score
from agents.specialist import Specialist, load_specialists, resolve
from domain.case import Case
from domain.errors import BadWork, ConfigurationError
from domain.issue import Issue, Language
from domain.ports import Files, History
from domain.repository import AgentRules
from domain.routing import Routing, Score
from domain.transcript import RoundKey
from domain.workspace import Workspace

RULE_FILES = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md", ".github/CONTRIBUTING.md")
_LIKELY = 8
_POINTED_AT = 20
_MOST_FILES = 6_000
_MOST_BYTES = 16_000_000  # of all source files together: about three seconds of counting words
_SNIFFED = 8_000  # bytes in which a binary file shows itself


@dataclass(frozen=True)
class Ground:
    """What the specialist finds: the repository's rules, its paths and files, how its tests are run.

    `left_out` are the paths that a sparse checkout does not have on disk, `hosts` the services that can be reached.
    """

    rules: tuple[SourceFile, ...]
    paths: tuple[str, ...]
    files: Files
    test_command: str | None
    language: Language | None = None
    left_out: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


async def specialists(workspace: Workspace, rules: AgentRules, history: History) -> tuple[Specialist, ...]:
    """The specialists that may work here, those of the repository included.

    Raises:
        ConfigurationError: a file that `[agents] extra` names is not on the base, or is none of a specialist.
    """
    texts = []
    for path in rules.extra:
        data = await history.read(workspace, path)
        if data is None:
            raise ConfigurationError(
                f".claude-cluster.toml: [agents] extra: {path} is not in the repository",
                "add it on the default branch, or take it from the list",
            )
        texts.append(data.decode("utf-8", "replace"))
    return load_specialists(disabled=rules.disabled, extra=tuple(texts))


def route(case: Case, able: Sequence[Specialist]) -> Routing:
    """Scores with reasons, or the specialist that was asked for.

    Raises:
        UsageError: nobody has the name that was asked for.
    """
    routing = score(case.issue, able)
    if not case.specialist:
        return routing
    asked = resolve(case.specialist, able)
    others = tuple(one for one in routing.scores if one.agent != asked.name)
    first = Score(agent=asked.name, score=1.0, reasons=("asked for by name",))
    return Routing(
        primary=asked.name,
        secondary=tuple(name for name in routing.secondary if name != asked.name),
        scores=(first, *others),
    )


async def rule_texts(workspace: Workspace, history: History) -> tuple[SourceFile, ...]:
    """The repository's own rules at the base; what the agent writes into such files does not count."""
    found = [(path, await history.read(workspace, path)) for path in RULE_FILES]
    return tuple(SourceFile(path=path, text=data.decode("utf-8", "replace")) for path, data in found if data)


async def assign(case: Case, routing: Routing, able: Sequence[Specialist], ground: Ground) -> Job:
    """The job of the first round; a fix round takes it up with another key and feedback."""
    primary = resolve(routing.primary, able)
    others = [resolve(name, able) for name in routing.secondary]
    about = f"{case.issue.title}\n{case.issue.body}"
    likely = await asyncio.to_thread(_likely, ground, about)
    return Job(
        case=case,
        key=RoundKey(task_id=case.id, attempt=case.attempt, round=0),
        system=system(primary, others, ground.language or case.issue.language),
        opening=opening(
            case.issue,
            rules=ground.rules,
            paths=(*ground.paths, *ground.left_out),
            left_out=len(ground.left_out),
            likely=likely,
            test_command=ground.test_command,
            hosts=ground.hosts,
        ),
        checklist=checklist(primary, others),
    )


def likely_paths(issue: Issue, paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that an issue is most likely about, best first, by their names alone."""
    return by_path(paths, f"{issue.title}\n{issue.body}")[:_POINTED_AT]


def _likely(ground: Ground, about: str) -> tuple[Located, ...]:
    return locate(_sources(ground, about), about, limit=_LIKELY)


def _sources(ground: Ground, about: str) -> tuple[SourceFile, ...]:
    """The files worth reading for the issue; none larger than the ranking looks at is opened to be dropped."""
    found, left = [], _MOST_BYTES
    for path in worth_reading(ground.paths, about, _MOST_FILES):
        try:
            data = ground.files.read(path, LONGEST_FILE)
        except BadWork:
            continue
        left -= len(data)
        if left < 0:
            break
        if b"\x00" not in data[:_SNIFFED]:
            found.append(SourceFile(path=path, text=data.decode("utf-8", "replace")))
    return tuple(found)
