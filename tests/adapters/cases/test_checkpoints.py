"""Transcripts: whole after any crash, private, and forgotten when the case is over."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from adapters.cases.checkpoints import FolderCheckpoints
from domain.conversation import Message
from domain.errors import CaseError
from domain.spend import Spend
from domain.transcript import RoundKey, Transcript

KEY = RoundKey(task_id="task-20261122-001", attempt=1, round=0)


def _transcript(steps: int) -> Transcript:
    block = {"type": "thinking", "thinking": "考\ud800", "signature": "s==", "future": [None, 1.5, {"a": True}]}
    said = Message(role="assistant", content=(block,))
    return Transcript(messages=(said,) * 2, spend=Spend(cost_usd=0.1, calls=steps), steps=steps, tree="b" * 40)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where transcripts go."""
    return tmp_path / "checkpoints"


@pytest.fixture
def store(root: Path) -> FolderCheckpoints:
    """The adapter under test."""
    return FolderCheckpoints(root)


async def test_a_round_that_never_began_has_no_transcript(store: FolderCheckpoints) -> None:
    """Nothing is made by looking."""
    assert await store.load(KEY) is None


async def test_what_was_saved_last_is_loaded(store: FolderCheckpoints) -> None:
    """Blocks, odd characters and all; every round of every attempt by itself."""
    await store.save(KEY, _transcript(1))
    await store.save(KEY, _transcript(2))
    finished = _transcript(3).model_copy(update={"stop": "submit"})
    other = KEY.model_copy(update={"round": 1})
    await store.save(other, finished)
    assert await store.load(KEY) == _transcript(2)
    assert await store.load(other) == finished
    assert await store.load(KEY.model_copy(update={"attempt": 2})) is None


async def test_transcripts_are_the_owner_s_alone(store: FolderCheckpoints, root: Path) -> None:
    """Private code is in them; no other file stays behind."""
    for steps in (1, 2, 3):
        await store.save(KEY, _transcript(steps))
    files = {path.name: path.stat().st_mode & 0o777 for path in (root / KEY.task_id / "1").iterdir()}
    assert files == {"0.json": 0o600, "0.json.1": 0o600}


@pytest.mark.parametrize("damage", [b"", b'{"steps": 2', b"\x00" * 100, b"[]", b'{"steps": "x"}', b"[" * 100_000])
async def test_a_damaged_file_gives_way_to_the_one_before(store: FolderCheckpoints, root: Path, damage: bytes) -> None:
    """Cut short, zeroed or nonsense: the copy before it is used, and saving goes on."""
    await store.save(KEY, _transcript(1))
    await store.save(KEY, _transcript(2))
    (root / KEY.task_id / "1" / "0.json").write_bytes(damage)
    assert await store.load(KEY) == _transcript(1)
    await store.save(KEY, _transcript(3))
    assert await store.load(KEY) == _transcript(3)


async def test_damage_without_an_older_copy_is_a_round_that_begins_anew(
    store: FolderCheckpoints, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no crash, and the log says what was lost without quoting it."""
    await store.save(KEY, _transcript(1))
    file = root / KEY.task_id / "1" / "0.json"
    file.write_bytes(b'{"secret code')
    assert await store.load(KEY) is None
    assert [record.getMessage() for record in caplog.records] == [
        f"checkpoint unreadable: file={file} reason=JSONDecodeError"
    ]


async def test_a_missing_newest_file_gives_way_too(store: FolderCheckpoints, root: Path) -> None:
    """A crash between the two renames leaves only the older copy."""
    await store.save(KEY, _transcript(1))
    await store.save(KEY, _transcript(2))
    (root / KEY.task_id / "1" / "0.json").unlink()
    assert await store.load(KEY) == _transcript(1)


async def test_forgetting_removes_all_rounds_of_one_case(store: FolderCheckpoints, root: Path) -> None:
    """Other cases stay; forgetting twice is no error."""
    other = KEY.model_copy(update={"task_id": "task-20261122-002"})
    for key in (KEY, KEY.model_copy(update={"attempt": 2}), other):
        await store.save(key, _transcript(1))
    await store.forget(KEY.task_id)
    await store.forget(KEY.task_id)
    assert [path.name for path in root.iterdir()] == ["task-20261122-002"]
    assert await store.load(KEY) is None
    assert await store.load(other) == _transcript(1)


@pytest.mark.parametrize("task", ["", "..", "../outside", "a/b", "/etc", ".hidden", "a\n"])
async def test_a_task_id_can_t_leave_the_folder(store: FolderCheckpoints, task: str) -> None:
    """An id from the network is no path."""
    with pytest.raises(CaseError, match="no task id"):
        await store.forget(task)


async def test_a_folder_that_can_t_be_written_is_an_error(tmp_path: Path) -> None:
    """Losing paid work in silence is not an option."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CaseError, match="can't be saved"):
        await FolderCheckpoints(tmp_path / "file").save(KEY, _transcript(1))


async def test_words_that_nest_too_deeply_are_an_error(store: FolderCheckpoints) -> None:
    """Hostile tool input does not bring the process down."""
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    said = Message.model_construct(role="assistant", content=({"type": "tool_use", "input": {"a": deep}},))
    with pytest.raises(CaseError, match="nest too deeply"):
        await store.save(KEY, Transcript.model_construct(messages=(said,), spend=Spend()))


def test_a_killed_process_loses_no_saved_step(store: FolderCheckpoints, root: Path) -> None:
    """Kill -9 at any moment: what is loaded is at least the last save that had returned, and whole."""
    code = """
        import asyncio, sys
        from pathlib import Path
        from adapters.cases.checkpoints import FolderCheckpoints
        from domain.conversation import Message
        from domain.transcript import RoundKey, Transcript
        async def main():
            store = FolderCheckpoints(Path(sys.argv[1]))
            key = RoundKey(task_id="task-20261122-001", attempt=1, round=0)
            said = Message(role="user", content=({"type": "text", "text": "x" * 300_000},))
            for steps in range(int(sys.argv[2]), 1_000_000):
                await store.save(key, Transcript(messages=(said,), steps=steps))
                print(steps, flush=True)
        asyncio.run(main())
    """
    steps = 0
    for _ in range(6):
        argv = [sys.executable, "-c", textwrap.dedent(code), str(root), str(steps + 1)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            last = int(process.stdout.readline())
            time.sleep(random.uniform(0.0, 0.05))
            os.kill(process.pid, signal.SIGKILL)
            last = int((process.stdout.read().split() or [last])[-1])
        loaded = asyncio.run(store.load(KEY))
        assert loaded
        assert last <= loaded.steps <= last + 1
        assert len(loaded.messages[0].content[0]["text"]) == 300_000
        steps = loaded.steps
