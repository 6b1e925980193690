"""A stage for the whole program: a rehearsed forge and model, a real Prefect server, the command as a process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cluster.server import ensure_server, stop_server
from demo.model.script import Script, script_from
from demo.rehearsal import Rehearsal

_BIN = Path(sys.executable).parent
_COMMAND_SECONDS = 150
SHOP = "rehearsal/shop"


@dataclass(frozen=True)
class Done:
    """A command that has ended; `seconds` is how long it took."""

    code: int
    stdout: str
    stderr: str
    seconds: float = 0.0

    def object(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        parsed = json.loads(self.stdout)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def error(self) -> str:
        """The one line on stderr that says what went wrong; fails the test if there are several, or a trace."""
        assert "Traceback" not in self.stderr, self.stderr
        lines = [line for line in self.stderr.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, f"one error line was expected:\n{self.stderr}\n{self.stdout}"
        return lines[0]


@dataclass
class Running:
    """A command under way."""

    process: "subprocess.Popen[str]"
    began: float = field(default_factory=time.monotonic)

    def family(self) -> list[psutil.Process]:
        """Everything that the command has started, as it is now."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def wait(self, seconds: float = _COMMAND_SECONDS) -> Done:
        """Until it has ended."""
        stdout, stderr = self.process.communicate(timeout=seconds)
        return Done(self.process.returncode, stdout, stderr, time.monotonic() - self.began)

    def end(self) -> None:
        """Leave nothing behind, whatever the test found."""
        for one in [*self.family(), self.process]:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                one.kill()
        self.process.communicate()


@dataclass(frozen=True)
class Prefect:
    """What the Prefect server knows, read through its REST API."""

    url: str

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a query answers."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=30).raise_for_status().json()

    def get(self, path: str) -> Any:
        """One object."""
        return httpx.get(f"{self.url}{path}", timeout=30).raise_for_status().json()

    def run(self, flow_run_id: str) -> dict[str, Any]:
        """A flow run."""
        found: dict[str, Any] = self.get(f"/flow_runs/{flow_run_id}")
        return found

    def artifacts(self, flow_run_id: str) -> dict[str, dict[str, Any]]:
        """A run's artifacts by the last word of their keys; the newest of a key."""
        found = self.post(
            "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}, "sort": "UPDATED_DESC"}
        )
        return {one["key"].split("-", 3)[-1]: one for one in reversed(found)}


@dataclass(frozen=True)
class Stage:
    """One rehearsal, one state folder, and the command with an environment of its own."""

    rehearsal: Rehearsal
    folder: Path
    prefect: Prefect | None = None
    started: list[Running] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """CLAUDE_CLUSTER_HOME."""
        return self.folder / "state"

    @cached_property
    def environment(self) -> dict[str, str]:
        """What a user's shell would hold, and nothing of this process's."""
        given = {"PREFECT_API_URL": self.prefect.url} if self.prefect else {}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "CLAUDE_CLUSTER_HOME": str(self.home),
            "PREFECT_HOME": str(self.folder / "prefect"),
            **self.rehearsal.environment(),
            **given,
        }

    def start(self, program: str, *arguments: object, env: Mapping[str, str | None] | None = None) -> Running:
        """A program of the same environment as the tests; `env` changes variables, None leaves one out."""
        self.folder.mkdir(parents=True, exist_ok=True)
        changed = {**self.environment, **(env or {})}
        process = subprocess.Popen(
            [str(_BIN / program), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={name: value for name, value in changed.items() if value is not None},
            start_new_session=True,
            preexec_fn=_heeds_interrupts,  # noqa: PLW1509 - sets one signal; a test run in the background ignores it
        )
        self.started.append(Running(process))
        return self.started[-1]

    def cli(self, *arguments: object, env: Mapping[str, str | None] | None = None) -> Done:
        """`claude-cluster` from its start to its end."""
        return self.start("claude-cluster", *arguments, env=env).wait()

    def workflow(self, issue: int, *more: object, env: Mapping[str, str | None] | None = None) -> Done:
        """`claude-cluster workflow --json` on an issue of the shop."""
        return self.cli("workflow", "--issue", issue, "--repo", SHOP, "--json", *more, env=env)

    def elsewhere(self) -> "Stage":
        """The same forge and model seen from a machine that has never worked on them."""
        return replace(self, folder=self.folder / "elsewhere")

    def plays(self, title: str, *turns: Mapping[str, Any], approves: bool = True) -> Script:
        """Teach the model what to say to an issue whose title has these words."""
        review = {"verdict": "approve" if approves else "request_changes", "summary": "Read.", "findings": []}
        script = script_from(title, {"match": [title], "author": list(turns), "reviewer": [review]})
        self.rehearsal.model.scripts.append(script)
        return script

    def issue(self, title: str, body: str, repo: str = SHOP) -> int:
        """Open an issue; gives its number."""
        return self.rehearsal.forge.create_issue(repo, title, body).number

    def paid(self) -> int:
        """How many messages the model was asked for."""
        return len(self.rehearsal.model.requests())

    def traces(self, repo: str = SHOP) -> "Traces":
        """What of ours is on the forge."""
        forge = self.rehearsal.forge
        repository = forge.repository(repo)
        issues = forge.store.issues(repository).values()
        return Traces(
            branches=tuple(sorted(name for name in repository.git.branches() if name.startswith("claude/"))),
            pulls=tuple(item.number for item in issues if item.pull and item.author == self.rehearsal.login),
            comments=tuple(
                comment.body for item in issues for comment in item.comments if comment.author == self.rehearsal.login
            ),
        )


@dataclass(frozen=True)
class Traces:
    """Branches, pull requests and comments that a run has left."""

    branches: tuple[str, ...] = ()
    pulls: tuple[int, ...] = ()
    comments: tuple[str, ...] = ()


NewStage = Callable[[Path], Stage]


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    """One Prefect server for all tests of this process."""
    home = tmp_path_factory.mktemp("prefect-server")
    try:
        yield Prefect(ensure_server(home, None).api_url)
    finally:
        stop_server(home)


@pytest.fixture
def stage(tmp_path: Path, prefect: Prefect) -> Iterator[Stage]:
    """A stage of this test's own."""
    yield from _staged(tmp_path, prefect)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, prefect: Prefect) -> Iterator[Stage]:
    """A stage that the tests of a module look at together."""
    yield from _staged(tmp_path_factory.mktemp("stage"), prefect)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Stage]:
    """A stage without a Prefect server: for what must fail before one is needed."""
    yield from _staged(tmp_path, None)


def _staged(folder: Path, prefect: Prefect | None) -> Iterator[Stage]:
    with Rehearsal(folder / "rehearsal") as rehearsal:
        made = Stage(rehearsal, folder / "user", prefect)
        try:
            yield made
        finally:
            for running in made.started:
                running.end()
            stop_server(made.home)


def _heeds_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
