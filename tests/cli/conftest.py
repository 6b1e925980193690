"""The program called in this process, and a case file to show."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from cli.main import main
from domain.case import Case, CaseFile
from domain.issue import Issue
from domain.repository import Repository


class Said(NamedTuple):
    """What a command came to."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the program in this process."""

    def call(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0 if code is None else 1, said.out, said.err)

    return call


@pytest.fixture
def a_file() -> Callable[..., CaseFile]:
    """A case file of issue 7, with whatever else is said of it."""

    def make(**more: Any) -> CaseFile:
        now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
        case = Case(
            id="task-20261122-001",
            forge="forge.example",
            repository=Repository(name="acme/shop", id=42, default_branch="main", can_push=True),
            issue=Issue(repo="acme/shop", number=7, title="Totals are wrong", body="They are."),
            base="main",
            base_sha="a" * 40,
            model="claude-opus-5-5",
            created=now,
        )
        return CaseFile(case=case, updated=now, **more)

    return make
