"""A canary in every secret: whatever a run leaves behind, on whatever path it ends, none of them is in it."""

import base64
import json
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import pytest

from demo.model.script import script_from
from demo.wire.faults import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
_SNOOP = """env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; git config -l; cat .git/config;
find / -xdev -name '.env' -o -xdev -name '*.key' -o -xdev -name 'ledger.db*' 2>/dev/null | xargs cat 2>/dev/null"""


@pytest.fixture
def canaries(stage: Any) -> dict[str, str]:
    """Every secret that a run may hold, by its variable."""
    own = {
        name: f"canary-{name.lower().replace('_', '-')}-0123456789abcdef"
        for name in ("CLAUDE_CLUSTER_API_TOKEN", "GITHUB_WEBHOOK_SECRET")
    }
    return {name: stage.environment[name] for name in ("GITHUB_TOKEN", "ANTHROPIC_API_KEY")} | own


def _snooping(stage: Any) -> int:
    """An issue whose author looks for keys with every command, then solves it."""
    submit = {"tool": "submit", "kind": "change", "title": "News", "summary": "Written.", "evidence": "Read."}
    create = {"tool": "str_replace_based_edit_tool", "command": "create", "path": "/workspace/NEWS.md"}
    turns = [
        {"use": [{"tool": "bash", "command": _SNOOP}]},
        {"use": [create | {"file_text": "News\n"}]},
        {"use": [submit]},
        {"use": [submit]},
    ]
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    title = "Look for keys"
    stage.rehearsal.model.scripts.append(script_from(title, {"match": [title], "author": turns, "reviewer": [review]}))
    return int(stage.issue(title, "Please add a NEWS.md."))


class _Processes(threading.Thread):
    """Everything that any process's command line said while it ran."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.lines: set[str] = set()
        self._over = threading.Event()

    def run(self) -> None:
        """Look as often as the machine allows."""
        while not self._over.wait(0.01):
            for one in psutil.process_iter():
                with suppress(psutil.Error):
                    self.lines.add(" ".join(one.cmdline()))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def _left_behind(stage: Any, server: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, database row, git object, page of the forge and request to the model, with where it is."""
    for root in (stage.folder, server):
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path), path.read_bytes()
            if path.name.endswith(".db"):
                database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
                yield f"rows of {path}", "\n".join(database.iterdump()).encode()
                database.close()
    for store in {path.parent for root in (stage.folder, stage.rehearsal.folder) for path in root.rglob("objects")}:
        everything = ["git", f"--git-dir={store}", "cat-file", "--batch-all-objects", "--batch"]
        yield f"git objects of {store}", subprocess.run(everything, capture_output=True, check=False).stdout
    forge = stage.rehearsal.forge
    for item in forge.store.issues(forge.repository("rehearsal/shop")).values():
        yield f"#{item.number} on the forge", repr(item).encode()
    for number, request in enumerate(stage.rehearsal.model.requests()):
        yield f"request {number} to the model", json.dumps(request).encode()


def _found(stage: Any, server: Path, canaries: dict[str, str]) -> list[str]:
    found, looked = [], 0
    for where, content in _left_behind(stage, server):
        looked += len(content)
        for name, secret in canaries.items():
            if secret.encode() in content or base64.b64encode(f"x-access-token:{secret}".encode()) in content:
                found.append(f"{name} in {where}")
    assert looked > 100_000
    return found


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, stage: Any) -> Path:
    """The folder of the tests' Prefect server."""
    return max(tmp_path_factory.getbasetemp().glob("prefect-server*"), key=lambda path: path.stat().st_mtime)


def test_a_run_that_ends_well_leaves_no_secret(stage: Any, server: Path, canaries: dict[str, str]) -> None:
    """An agent that looks everywhere finds none, and neither does a search through all that is left."""
    with _Processes() as processes:
        done = stage.workflow(_snooping(stage), env=canaries)
    assert (done.code, done.object()["outcome"]) == (0, "opened"), done.stderr
    assert _found(stage, server, canaries) == []
    assert [line for line in processes.lines for secret in canaries.values() if secret in line] == []
    prompts = json.dumps(stage.rehearsal.model.requests())
    assert "PATH=" in prompts


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [r"/repos/rehearsal/shop$", r"/issues/\d+$", r"/issues/\d+/comments", r"/pulls", r"git-receive-pack"]
)
def test_a_forge_that_repeats_the_token_in_its_error_gives_nothing_away(
    stage: Any, server: Path, canaries: dict[str, str], path: str
) -> None:
    """Wherever the run stops: the error, the log, Prefect's states and the case file hold no secret."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    token = canaries["GITHUB_TOKEN"]
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    said = {"message": f"bad request: authorization Bearer {token}, basic {basic}", "errors": [token]}
    stage.rehearsal.forge.fail(Fault(path=path, status=422, body=said, times=None))
    done = stage.workflow(issue, env=canaries)
    assert done.code != 0
    assert "***" in done.stdout + done.stderr or token not in done.stdout + done.stderr
    assert _found(stage, server, canaries) == []


def test_a_model_that_repeats_the_key_in_its_error_gives_nothing_away(
    stage: Any, server: Path, canaries: dict[str, str]
) -> None:
    """The same for Claude's side."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    key = canaries["ANTHROPIC_API_KEY"]
    said = {"type": "error", "error": {"type": "invalid_request_error", "message": f"x-api-key {key} is odd"}}
    stage.rehearsal.model.fail(Fault(method="POST", path="messages", status=400, body=said, times=None))
    done = stage.workflow(issue, env=canaries)
    assert done.code == 1
    assert _found(stage, server, canaries) == []


def test_the_search_finds_what_is_there(stage: Any, server: Path, canaries: dict[str, str]) -> None:
    """A canary that is planted on purpose, in a file, a row and an object, is reported."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    (stage.folder / "big").write_bytes(b"x" * 200_000)
    (stage.folder / "note").write_text(canaries["GITHUB_TOKEN"])
    database = sqlite3.connect(stage.folder / "a.db")
    database.execute("create table t as select ? as x", (canaries["ANTHROPIC_API_KEY"],))
    database.commit()
    database.close()
    found = _found(stage, server, canaries)
    assert [entry.split(" in ")[0] for entry in found].count("GITHUB_TOKEN") == 1
    assert "ANTHROPIC_API_KEY" in {entry.split(" in ")[0] for entry in found if "rows of" in entry}


def test_what_prefect_shows_holds_no_secret(stage: Any, canaries: dict[str, str]) -> None:
    """States, logs and artifacts, read as the UI reads them, after a run that failed on a repeated token."""
    stage.writes("Write the news")
    issue = stage.issue("Write the news", "Please add a NEWS.md.")
    said = {"message": f"no: {canaries['GITHUB_TOKEN']}"}
    stage.rehearsal.forge.fail(Fault(method="POST", path=r"/pulls$", status=422, body=said, times=None))
    told = stage.workflow(issue, env=canaries).object()
    run = told["flow_run_id"]
    shown = [stage.prefect.run(run)]
    for kind in ("logs", "artifacts", "task_runs"):
        key = {"logs": "logs", "artifacts": "artifacts", "task_runs": "flow_runs"}[kind]
        chosen = {"id": {"any_": [run]}} if kind == "task_runs" else {"flow_run_id": {"any_": [run]}}
        with suppress(httpx.HTTPStatusError):
            shown.append(stage.prefect.post(f"/{kind}/filter", {key: chosen}))
    text = json.dumps(shown)
    assert len(text) > 2_000
    assert [name for name, secret in canaries.items() if secret in text] == []
