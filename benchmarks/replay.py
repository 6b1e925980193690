"""Known fixes replayed as the model's edits, on repositories that this project did not write.

`PYTHONPATH=. python benchmarks/replay.py CACHE [NAME ...]` takes each row of `replay.json` to five pull requests
and prints what came of them as a table; `--json FILE` also writes every result, with the pull requests' texts. Only
the model is scripted: forge, git, sandbox, dependencies, test runners and Prefect are real.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replay_sources import Row, Source, prepare, rows

from cluster.server import ensure_server, stop_server
from demo.model.script import script_from
from demo.rehearsal import Rehearsal
from proof.tamper import paths_to_read, text_findings

_LIMIT_S = 900
_OURS = ("GITHUB_", "ANTHROPIC_", "CLAUDE_CLUSTER_", "GIT_", "PREFECT_", "PYTHON")
_SUBMITS = 8  # the checklist asks once more, and so does every round of mending
_REVIEW = {"verdict": "approve", "summary": "Read.", "findings": []}


@dataclass(frozen=True)
class Case:
    """One way to change a repository: the model's edits as a patch, and what the result must be."""

    name: str
    patch: Callable[[Source], str]
    holds: Callable[["Shown", Row], bool]


@dataclass(frozen=True)
class Shown:
    """What a run printed, and what stands on the forge after it."""

    told: dict[str, Any]
    title: str = ""
    body: str = ""
    asked: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The outcome's name."""
        return str(self.told["outcome"])

    @property
    def draft(self) -> bool:
        """Whether there is a pull request and it is a draft."""
        return bool((self.told["pull_request"] or {}).get("draft"))

    def lists(self, name: str) -> list[str]:
        """A list of the receipt; empty without one."""
        return list((self.told["receipt"] or {}).get(name, ()))


def _fix(source: Source) -> str:
    return source.patch(source.row.fix + source.row.tests)


def _weakened(source: Source) -> str:
    return source.patch(source.row.fix + source.row.tests, source.row.weaken)


def _untested(source: Source) -> str:
    return source.patch(source.row.fix)


def _broken(source: Source) -> str:
    return source.patch(source.row.fix + source.row.tests, source.row.breaking)


def _proven(got: Shown, row: Row) -> bool:
    """Red to green, and ready; only where the known fix itself took tests away it is a draft that says so."""
    return bool(got.lists("fixed")) and (got.draft, bool(got.lists("tampered"))) == (row.rewrites, row.rewrites)


CASES = (
    Case("fix", _fix, _proven),
    Case("weakened", _weakened, lambda got, _: got.draft and bool(got.lists("tampered"))),
    Case("empty", lambda _: "", lambda got, _: got.outcome == "stuck" and not got.told["pull_request"]),
    Case("untested", _untested, lambda got, _: got.draft and not got.lists("fixed") and bool(got.asked)),
    Case("broken", _broken, lambda got, _: got.draft and bool(got.lists("broken"))),
)


def _turns(patch: str) -> Iterator[dict[str, Any]]:
    # File by file: no answer of a model holds all tables of a character set.
    for part in re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE):
        if part:
            apply = f"git apply --whitespace=nowarn <<'END-OF-PATCH'\n{part}END-OF-PATCH\n"
            yield {"use": [{"tool": "bash", "command": apply}]}
    submit = {"tool": "submit", "kind": "change", "title": "Replayed", "summary": "Replayed.", "evidence": "Replayed."}
    for _ in range(_SUBMITS):
        yield {"use": [submit]}


def _open_issue(rehearsal: Rehearsal, source: Source, case: Case) -> int:
    title = f"{source.row.title} [{case.name[0]}]"
    script = {"match": [title], "author": list(_turns(case.patch(source))), "reviewer": [_REVIEW]}
    rehearsal.model.scripts.append(script_from(f"{source.row.name} {case.name}", script))
    return rehearsal.forge.create_issue(_repo(source.row), title, source.row.body).number


def _repo(row: Row) -> str:
    return f"replay/{row.name}"


def _run(rehearsal: Rehearsal, home: Path, api_url: str, source: Source, case: Case) -> Shown:
    repo, issue = _repo(source.row), _open_issue(rehearsal, source, case)
    before = len(rehearsal.model.requests())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        **rehearsal.environment(),
        "CLAUDE_CLUSTER_HOME": str(home),
        "CLAUDE_CLUSTER_SANDBOX": "bubblewrap",
        "PREFECT_API_URL": api_url,
    }
    program = Path(sys.executable).with_name("claude-cluster")
    command = [str(program), "workflow", "--issue", str(issue), "--repo", repo, "--json"]
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )
    if not done.stdout:
        raise RuntimeError(done.stderr[-2000:])
    told = json.loads(done.stdout)
    asked = tuple(_feedback(rehearsal.model.requests()[before:]))
    pulls = [pull for pull in rehearsal.forge.pulls(repo) if pull.number == (told["pull_request"] or {}).get("number")]
    return Shown(told, pulls[0].title if pulls else "", pulls[0].body if pulls else "", asked)


def _feedback(requests: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What the author was sent back, round by round."""
    seen: set[str] = set()
    for request in requests:
        for message in request["messages"]:
            for text in _texts(message["content"]):
                if text.startswith("Your work was checked") and text not in seen:
                    seen.add(text)
                    yield text


def _texts(content: str | list[dict[str, Any]]) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for block in content:
        if block["type"] == "text":
            yield block["text"]
        elif block["type"] == "tool_result":
            yield from _texts(block["content"])


def _line(source: Source, case: Case, shown: Shown) -> str:
    receipt = shown.told["receipt"] or {}
    kind = f"{shown.outcome}{', draft' if shown.draft else ''}"
    counts = " | ".join(str(len(shown.lists(name))) for name in ("fixed", "broken", "tampered", "new"))
    base = "/".join(str(receipt.get("base", {}).get(key, "-")) for key in ("passed", "failed", "skipped"))
    head = "/".join(str(receipt.get("head", {}).get(key, "-")) for key in ("passed", "failed", "skipped"))
    timing = shown.told["timing"]
    verdict = "yes" if case.holds(shown, source.row) else "**no**"
    return (
        f"| {source.row.name} | {case.name} | {kind} | {base} | {head} | {counts} | "
        f"{timing['tests_s']:.0f} | {timing['total_s']:.0f} | {verdict} |"
    )


COLUMNS = (
    *("repository", "change", "outcome", "base p/f/s", "head p/f/s"),
    *("fixed", "broken", "tampered", "new", "tests s", "total s", "right"),
)
HEADING = f"| {' | '.join(COLUMNS)} |\n|{'---|' * 5}{'---:|' * 6}---|"


@dataclass(frozen=True)
class Done:
    """A case of a row, and what it came to."""

    source: Source
    case: Case
    shown: Shown

    @property
    def right(self) -> bool:
        """Whether it came as it must."""
        return self.case.holds(self.shown, self.source.row)

    def record(self) -> dict[str, Any]:
        """As an entry of the `--json` file."""
        shown = self.shown
        mine = {"row": self.source.row.name, "case": self.case.name, "right": self.right}
        return {**mine, "title": shown.title, "body": shown.body, "asked": shown.asked, "result": shown.told}


def _replay(source: Source, folder: Path, home: Path, api_url: str, wanted: Sequence[Case]) -> Iterator[Done]:
    with Rehearsal(folder / source.row.name) as rehearsal:
        repo = _repo(source.row)
        rehearsal.forge.create_repository(repo, source.bundle())
        rehearsal.forge.set_permission(repo, rehearsal.login, "write")
        for case in wanted:
            yield Done(source, case, _run(rehearsal, home, api_url, source, case))


def _texts_alone(wanted: Sequence[Row], cases: Sequence[Case], cache: Path) -> int:
    """What the gate's text half finds: nothing in a known fix that takes no tests away, something in a weakened one."""
    right = True
    for source in (prepare(row, cache) for row in wanted):
        for case in cases:
            patch = case.patch(source)
            files = {path: source.repository / path for path in paths_to_read(patch)} if patch else {}
            texts = {path: file.read_text("utf-8", "replace") for path, file in files.items()}
            found = text_findings(patch, texts=texts) if patch else ()
            expected = {"fix": source.row.rewrites, "weakened": True}.get(case.name, bool(found))
            right = right and bool(found) is expected
            sys.stdout.write(f"{source.row.name} {case.name}: {len(found)}\n")
            sys.stdout.writelines(f"  {one}\n" for one in found)
    return 0 if right else 1


def main() -> int:
    """Print the table as it comes; 1 if a result is not what it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path, help="where releases are kept and runs are made")
    parser.add_argument("names", nargs="*", help="rows to take (default: all)")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="default: all")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--text", action="store_true", help="run nothing: what the gate finds in the patches' text")
    given = parser.parse_args()
    cache = given.cache.resolve()
    cases = [case for case in CASES if case.name in (given.case or (case.name,))]
    if given.text:
        return _texts_alone([row for row in rows() if row.name in (given.names or (row.name,))], cases, cache)
    home = cache / "home"
    home.mkdir(parents=True, exist_ok=True)
    done: list[Done] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped and the file written
    sys.stdout.write(f"{HEADING}\n")
    try:
        api_url = ensure_server(home, None).api_url
        for row in rows():
            if row.name not in (given.names or (row.name,)):
                continue
            for one in _replay(prepare(row, cache), cache / "rehearsals", home, api_url, cases):
                done.append(one)
                sys.stdout.write(f"{_line(one.source, one.case, one.shown)}\n")
                sys.stdout.flush()
    finally:
        stop_server(home)
        if given.json:
            given.json.write_text(json.dumps([one.record() for one in done], indent=2, ensure_ascii=False), "utf-8")
    return 0 if all(one.right for one in done) else 1


if __name__ == "__main__":
    sys.exit(main())
