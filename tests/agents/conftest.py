"""A bench for the agent loop: a scripted model, a real shell, real files, real git, ledgers in memory."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.job import Job, Seat
from agents.loop import work
from domain.case import Case, Limits
from domain.conversation import Block, Message, Query, Reply
from domain.issue import Issue
from domain.repository import Repository
from domain.spend import Spend
from domain.transcript import RoundKey, Transcript
from domain.workspace import Workspace
from tests.agents.folders import FolderFiles, FolderShell, FolderWorkspaces
from tests.agents.memory_books import MemoryBudget, MemoryCheckpoints

Script = Reply | BaseException | Callable[[Query], Reply]


class ScriptedModel:
    """Plays replies in order; refuses conversations that the Messages API would refuse, and any call too many."""

    def __init__(self, price: float = 0.00001) -> None:
        self.script: list[Script] = []
        self.endless: Callable[[Query], Reply] | None = None
        self.queries: list[Query] = []
        self.price = price

    async def ask(self, query: Query) -> Reply:
        """The next reply of the script."""
        check_conversation(query)
        self.queries.append(query)
        if self.endless is not None:
            return self.endless(query)
        if not self.script:
            raise AssertionError(f"asked once more than scripted: {query.messages[-1]}")
        turn = self.script.pop(0)
        if isinstance(turn, BaseException):
            raise turn
        return turn if isinstance(turn, Reply) else turn(query)

    def worst_case_usd(self, query: Query) -> float:
        """A tenth of a cent, and the price of every token of the answer."""
        return 0.001 + query.max_tokens * self.price

    def output_price_usd(self, model: str) -> float:
        """US dollars per token."""
        return self.price


def check_conversation(query: Query) -> None:
    """The rules of the Messages API that a loop can break."""
    open_calls: list[str] = []
    for message in query.messages:
        assert message.content, "empty content"
        results = [block["tool_use_id"] for block in message.content if block["type"] == "tool_result"]
        assert results == open_calls, f"calls {open_calls} are answered by {results}"
        kinds = [block["type"] == "tool_result" for block in message.content]
        assert kinds == sorted(kinds, reverse=True), "tool results come first"
        assert all(block["text"].strip() for block in message.content if block["type"] == "text"), "blank text"
        open_calls = [block["id"] for block in message.content if block["type"] == "tool_use"]
    assert not open_calls, "calls without an answer"


class Watcher:
    """Collects what people see."""

    def __init__(self) -> None:
        self.actions: list[str] = []

    async def __call__(self, action: str, spend: Spend) -> None:
        """One more line."""
        self.actions.append(action)


class Bench:
    """Everything a round needs, around one folder with `cart.py` in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "workspace"
        self.root.mkdir(parents=True)
        (self.root / "cart.py").write_text("def total(prices):\n    return 0\n")
        self.model = ScriptedModel()
        self.shell = FolderShell(self.root)
        self.files = FolderFiles(self.root)
        self.workspaces = FolderWorkspaces(self.root, folder / "git")
        self.budget = MemoryBudget()
        self.checkpoints = MemoryCheckpoints()
        self.watcher = Watcher()
        self.now = 0.0
        self.remarks: Any = None
        self.given_back: Any = None
        self.limits = Limits()
        self.issue = Issue(repo="acme/shop", number=7, title="Total is always 0", body="`total([1, 2])` gives 0.")
        self._ids = iter(range(1, 10_000))

    @property
    def case(self) -> Case:
        """The case of issue 7."""
        repository = Repository(name="acme/shop", id=1, default_branch="main", can_push=True)
        return Case(
            id="task-20260101-001", forge="https://github.com", repository=repository, issue=self.issue, base="main",
            base_sha="0" * 40, limits=self.limits, model="a-model", created=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip

    def key(self, number: int = 0) -> RoundKey:
        """The key of a round."""
        return RoundKey(task_id=self.case.id, attempt=1, round=number)

    @property
    def seat(self) -> Seat:
        """All ports."""
        place = Workspace(case=self.case, path=self.root, clone=self.root, scratch=self.root, ref="refs/x")
        return Seat(
            model=self.model, shell=self.shell, files=self.files, workspaces=self.workspaces, workspace=place,
            budget=self.budget, checkpoints=self.checkpoints, progress=self.watcher, clock=lambda: self.now,
            remarks=self.remarks, given_back=self.given_back,
        )  # fmt: skip

    async def work(self, *script: Script, number: int = 0, feedback: str | None = None) -> Transcript:
        """Play a round; everything scripted must have been asked for."""
        self.model.script = list(script)
        job = Job(
            case=self.case, key=self.key(number), system="You are an agent.", opening="Solve it.",
            feedback=feedback, checklist=("Prices are in cents.",),
        )  # fmt: skip
        transcript = await work(job, self.seat)
        assert not self.model.script, "the loop ended before the script"
        assert not self.budget.open, "a reservation was left open"
        return transcript

    def reply(self, *content: Block, stop: Any = "end_turn", usd: float = 0.01) -> Reply:
        """A reply of these blocks."""
        spend = Spend(cost_usd=usd, calls=1, input_tokens=100, output_tokens=10)
        return Reply(message=Message(role="assistant", content=content), stop_reason=stop, spend=spend, seconds=0.5)

    def says(self, words: str, stop: Any = "end_turn") -> Reply:
        """Words without a tool call."""
        return self.reply({"type": "text", "text": words}, stop=stop)

    def calls(self, *calls: tuple[str, Any], stop: Any = "tool_use", usd: float = 0.01) -> Reply:
        """Tool calls."""
        blocks = [{"type": "tool_use", "id": f"toolu_{next(self._ids)}", "name": n, "input": i} for n, i in calls]
        return self.reply(*blocks, stop=stop, usd=usd)

    def bash(self, command: str, usd: float = 0.01) -> Reply:
        """A command."""
        return self.calls(("bash", {"command": command}), usd=usd)

    def submit(self, **fields: Any) -> Reply:
        """Handing in."""
        return self.calls(("submit", {"title": "Add up the prices", "summary": "It gave 0."} | fields))

    def fix(self) -> Reply:
        """The edit that solves the issue."""
        edit = {"command": "str_replace", "path": "/workspace/cart.py", "old_str": "0", "new_str": "sum(prices)"}
        return self.calls(("str_replace_based_edit_tool", edit))

    @staticmethod
    def results(message: Message) -> list[str]:
        """The texts of the tool results in a message."""
        return [block["content"] for block in message.content if block["type"] == "tool_result"]

    @staticmethod
    def told(message: Message) -> list[str]:
        """The words in a message."""
        return [block["text"] for block in message.content if block["type"] == "text"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench of its own for each test."""
    return Bench(tmp_path)


@pytest.fixture
def benches(tmp_path: Path) -> Callable[[], Bench]:
    """A maker of benches, for tests that need many."""
    numbers = itertools.count()
    return lambda: Bench(tmp_path / str(next(numbers)))
