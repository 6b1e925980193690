"""A stage for the whole program: a rehearsed forge and model, a real Prefect server, the command as a process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cluster.server import ensure_server, stop_server
from demo.model.script import script_from
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


@dataclass(frozen=True)
class Running:
    """A command under way; what it says goes to files, so that it can be read meanwhile."""

    process: "subprocess.Popen[bytes]"
    stdout: Path
    stderr: Path
    began: float

    def family(self) -> list[psutil.Process]:
        """Everything that the command has started, as it is now."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    @staticmethod
    def gone(family: list[psutil.Process]) -> bool:
        """Whether all of them have ended; what nobody has buried yet has."""
        return not any(one.is_running() and _status(one) != psutil.STATUS_ZOMBIE for one in family)

    def says(self, text: str, seconds: float = _COMMAND_SECONDS) -> None:
        """Wait until it has said something on stderr or stdout."""
        wait_for(lambda: text in self.stderr.read_text() + self.stdout.read_text() or self._ended(text), seconds)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def wait(self, seconds: float = _COMMAND_SECONDS) -> Done:
        """Until it has ended."""
        self.process.wait(timeout=seconds)
        took = time.monotonic() - self.began
        return Done(self.process.returncode, self.stdout.read_text(), self.stderr.read_text(), took)

    def end(self) -> None:
        """Leave nothing behind, whatever the test found."""
        for one in [*self.family(), self.process]:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                one.kill()
        self.process.wait()

    def _ended(self, text: str) -> bool:
        assert self.process.poll() is None, f"ended before it said {text!r}: {self.stderr.read_text()}"
        return False


def _status(one: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return str(one.status())
    return psutil.STATUS_ZOMBIE


def wait_for(condition: Callable[[], object], seconds: float = 60.0, seen: Callable[[], object] = str) -> None:
    """Look ten times a second until it holds; fail after so many seconds with what is `seen` then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {seen()}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Prefect:
    """What the Prefect server knows, read through its REST API."""

    url: str

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a query answers."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=120).raise_for_status().json()

    def get(self, path: str) -> Any:
        """One object."""
        return httpx.get(f"{self.url}{path}", timeout=120).raise_for_status().json()

    def run(self, flow_run_id: str) -> dict[str, Any]:
        """A flow run."""
        found: dict[str, Any] = self.get(f"/flow_runs/{flow_run_id}")
        return found

    def runs(self, since: datetime, *states: str) -> list[dict[str, Any]]:
        """Flow runs that were begun after that, of these types of state or of any; the newest first."""
        kept: dict[str, Any] = {"expected_start_time": {"after_": since.isoformat()}}
        if states:
            kept["state"] = {"type": {"any_": list(states)}}
        found: list[dict[str, Any]] = self.post("/flow_runs/filter", {"sort": "START_TIME_DESC", "flow_runs": kept})
        return found

    def forget_unfinished(self, since: datetime) -> None:
        """Delete what a stage has left to do: the next one's workers would take it for theirs."""
        for run in self.runs(since, "SCHEDULED", "PENDING", "RUNNING", "PAUSED"):
            httpx.delete(f"{self.url}/flow_runs/{run['id']}", timeout=120)

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
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

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
        files = [self.folder / f"{Path(program).name}-{len(self.started)}.{name}" for name in ("out", "err")]
        began = time.monotonic()
        with files[0].open("wb") as stdout, files[1].open("wb") as stderr:
            process = subprocess.Popen(
                [str(_BIN / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self.folder,
                env={name: value for name, value in changed.items() if value is not None},
                start_new_session=True,
                preexec_fn=_heeds_interrupts,  # noqa: PLW1509 - one signal: a test run in the background ignores it
            )
        self.started.append(Running(process, *files, began))
        return self.started[-1]

    def cli(self, *arguments: object, env: Mapping[str, str | None] | None = None) -> Done:
        """`claude-cluster` from its start to its end."""
        return self.start("claude-cluster", *arguments, env=env).wait()

    def workflow(
        self, issue: int, *more: object, repo: str = SHOP, env: Mapping[str, str | None] | None = None
    ) -> Done:
        """`claude-cluster workflow --json` on an issue of the shop, or of another repository."""
        return self.cli("workflow", "--issue", issue, "--repo", repo, "--json", *more, env=env)

    def elsewhere(self) -> "Stage":
        """The same forge and model seen from a machine that has never worked on them."""
        return Stage(self.rehearsal, self.folder / "elsewhere", self.prefect, self.started)

    def writes(self, title: str, path: str = "NEWS.md", text: str = "News\n") -> None:
        """Teach the model to answer an issue whose title has these words with one new file."""
        submit = {"tool": "submit", "kind": "change", "title": title, "summary": "Written.", "evidence": "Read."}
        create = {"tool": "str_replace_based_edit_tool", "command": "create", "path": f"/workspace/{path}"}
        turns = [{"use": [create | {"file_text": text}]}, {"use": [submit]}, {"use": [submit]}]
        review = {"verdict": "approve", "summary": "Read.", "findings": []}
        script = script_from(title, {"match": [title], "author": turns, "reviewer": [review]})
        self.rehearsal.model.scripts.append(script)

    def issue(self, title: str, body: str, repo: str = SHOP) -> int:
        """Open an issue; gives its number."""
        return self.rehearsal.forge.create_issue(repo, title, body).number

    def rest(self, method: str, path: str, body: Mapping[str, Any], token: str, repo: str = SHOP) -> None:
        """Somebody does something on the forge."""
        url = f"{self.rehearsal.api_url}/repos/{repo}/{path}"
        httpx.request(method, url, json=body, headers={"authorization": f"Bearer {token}"}).raise_for_status()

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


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for something."""
    return wait_for


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


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same for the tests of a module together: a cluster brings a Prefect server of its own."""
    yield from _staged(tmp_path_factory.mktemp("apart"), None)


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
            if prefect:
                prefect.forget_unfinished(made.since)


def _heeds_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
