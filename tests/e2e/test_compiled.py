"""Compiled languages through the whole program, where their tools are on this machine."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.model.script import script_from

pytestmark = pytest.mark.slow

_REPO = "rehearsal/sum"
_TITLE = "The sum of 1 and 2 is wrong"


@dataclass(frozen=True)
class Case:
    """A repository at its base, the edits that mend and test it, and what the receipt must name."""

    needs: tuple[str, ...]
    base: Mapping[str, str]
    edits: str
    command: str
    fixed: str


_CARGO = '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n'
_CASES = {
    "Rust": Case(
        needs=("cargo", "cc"),
        base={
            "Cargo.toml": _CARGO,
            ".gitignore": "/target\nCargo.lock\n",
            "src/lib.rs": "pub fn add(a: i32, b: i32) -> i32 { a - b }\n",
            "tests/it.rs": "#[test]\nfn zero() { assert_eq!(sums::add(0, 0), 0); }\n",
        },
        edits="sed -i 's/a - b/a + b/' src/lib.rs && "
        "echo '#[test] fn three() { assert_eq!(sums::add(1, 2), 3); }' >> tests/it.rs",
        command="cargo test",
        fixed="sums > tests/it.rs > three",
    ),
    "Go": Case(
        needs=("go",),
        base={
            "go.mod": "module example.com/sums\n\ngo 1.19\n",
            "sums.go": "package sums\n\nfunc Add(a, b int) int { return a - b }\n",
            "sums_test.go": 'package sums\n\nimport "testing"\n\nfunc TestZero(t *testing.T) { Check(t, 0, 0, 0) }\n\n'
            "func Check(t *testing.T, a, b, sum int) {\n\tif Add(a, b) != sum {\n\t\tt.Fatal(Add(a, b))\n\t}\n}\n",
        },
        edits="sed -i 's/a - b/a + b/' sums.go && "
        "echo 'func TestThree(t *testing.T) { Check(t, 1, 2, 3) }' >> sums_test.go",
        command="go test ./...",
        fixed="example.com/sums/TestThree",
    ),
}


def _write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("name", _CASES)
def test_a_compiled_language(stage: Any, tmp_path: Path, name: str) -> None:
    """The issue becomes a pull request that is ready, and its receipt names the test that was red."""
    case = _CASES[name]
    for program in case.needs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not on this machine")
    forge, model = stage.rehearsal.forge, stage.rehearsal.model
    forge.create_repository(_REPO, _write(tmp_path / "sum", case.base))
    forge.set_permission(_REPO, stage.rehearsal.login, "write")
    submit = {"tool": "submit", "kind": "change", "title": "Add", "summary": "Added.", "evidence": "Tested."}
    turns = [{"use": [{"tool": "bash", "command": case.edits}]}, {"use": [submit]}, {"use": [submit]}]
    review = {"verdict": "approve", "summary": "Read.", "findings": []}
    model.scripts.append(script_from(name, {"match": [_TITLE], "author": turns, "reviewer": [review]}))
    done = stage.workflow(stage.issue(_TITLE, "It is -1.", _REPO), repo=_REPO)
    told = done.object()
    assert (done.code, told["outcome"], told["pull_request"]["draft"]) == (0, "opened", False), done.stderr
    receipt = told["receipt"]
    assert (receipt["command"], receipt["base"], receipt["head"]) == (
        case.command,
        {"passed": 1, "failed": 0, "skipped": 0},
        {"passed": 2, "failed": 0, "skipped": 0},
    )
    assert (receipt["fixed"], receipt["broken"], receipt["tampered"]) == ([case.fixed], [], [])
