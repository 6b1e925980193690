"""Going on: after a crash, on another machine, and after a red receipt."""

import asyncio
import shutil
from typing import Any

import pytest

from domain.case import Limits
from domain.errors import GitFailed, Transient


async def test_a_round_goes_on_where_it_was_interrupted(bench: Any) -> None:
    """What was paid is not paid again, and the model is told what it may have lost."""
    with pytest.raises(Transient):
        await bench.work(bench.bash("echo hello"), bench.fix(), Transient("overloaded"))
    bench.now = 5.0
    transcript = await bench.work(bench.submit(), bench.submit())
    assert (transcript.stop, transcript.steps, transcript.spend.calls) == ("submitted", 4, 4)
    assert bench.told(transcript.messages[4])[0].endswith("The files are as you left them.]")


async def test_a_second_interruption_at_the_same_place_is_not_told_twice(bench: Any) -> None:
    """Retries must not fill the conversation."""
    with pytest.raises(Transient):
        await bench.work(bench.fix(), Transient("overloaded"))
    with pytest.raises(Transient):
        await bench.work(Transient("overloaded"))
    transcript = await bench.work(bench.submit(), bench.submit())
    assert len(bench.told(transcript.messages[2])) == 1


async def test_a_round_that_never_got_an_answer_begins_without_a_word_of_it(bench: Any) -> None:
    """Nothing happened yet."""
    with pytest.raises(Transient):
        await bench.work(Transient("overloaded"))
    transcript = await bench.work(bench.fix(), bench.submit(), bench.submit())
    assert bench.told(transcript.messages[0]) == ["Solve it."]


async def _interrupted(bench: Any, *steps: Any) -> None:
    """The round until its command runs; then the process is told to end."""
    bench.shell.began.clear()
    job = asyncio.create_task(bench.work(*steps))
    await asyncio.wait_for(bench.shell.began.wait(), 10)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


async def test_a_command_that_was_running_runs_again_on_the_files_from_before(bench: Any) -> None:
    """Its answer is paid, so it is not asked for again; half of what it did must not stay."""
    await _interrupted(bench, bench.fix(), bench.bash("echo 1 >> log; test -e go || sleep 60"))
    (bench.root / "go").touch()
    transcript = await _resumed_with(bench, "go")
    assert bench.results(transcript.messages[4]) == ["(no output)\n[exit code 0]"]
    assert "The files are as you left them." in bench.told(transcript.messages[4])[0]
    assert bench.results(transcript.messages[6]) == ["1\n[exit code 0]"]
    assert (transcript.steps, transcript.spend.calls) == (5, 5)


async def _resumed_with(bench: Any, name: str) -> Any:
    """The round goes on; a file that tells the command not to wait is put beside the restored ones."""
    restore = bench.workspaces.restore

    async def restored(workspace: Any, tree: str) -> None:
        await restore(workspace, tree)
        (bench.root / name).touch()

    bench.workspaces.restore = restored
    return await bench.work(bench.bash("cat log"), bench.submit(), bench.submit())


async def test_a_command_that_ends_every_process_is_given_up(bench: Any) -> None:
    """After the third time again it is answered as interrupted, and the model goes another way."""
    await _interrupted(bench, bench.fix(), bench.bash("sleep 60"))
    for _ in range(3):
        await _interrupted(bench)
    transcript = await bench.work(bench.bash("echo on"), bench.submit(), bench.submit())
    assert bench.results(transcript.messages[4]) == [
        "interrupted: the work stopped while this ran; the shell's state is lost, run it again if needed"
    ]
    assert bench.shell.commands == ["sleep 60"] * 4 + ["echo on"]
    assert transcript.steps == 5


async def test_an_edit_that_was_asked_for_is_made_after_a_kill(bench: Any) -> None:
    """The words were saved and the process died before the tool was used: nothing is lost, nothing paid again."""
    saved: list[str] = []
    save = bench.checkpoints.save

    async def saved_words(key: Any, transcript: Any) -> None:
        await save(key, transcript)
        if transcript.steps == 1 and transcript.messages[-1].role == "assistant":
            saved.append(bench.checkpoints.stored[key])

    bench.checkpoints.save = saved_words
    await bench.work(bench.fix(), bench.submit(), bench.submit())
    (bench.root / "cart.py").write_text("def total(prices):\n    return 0\n")
    bench.checkpoints.stored[bench.key()] = saved[0]
    transcript = await bench.work(bench.submit(), bench.submit())
    assert (transcript.stop, transcript.steps, transcript.spend.calls) == ("submitted", 3, 3)
    assert "sum(prices)" in (bench.root / "cart.py").read_text()


async def test_files_of_another_machine_are_restored(bench: Any) -> None:
    """The snapshot brings the edits back."""
    with pytest.raises(Transient):
        await bench.work(bench.fix(), Transient("overloaded"))
    (bench.root / "cart.py").write_text("def total(prices):\n    return 0\n")
    await bench.work(bench.submit(), bench.submit())
    assert "sum(prices)" in (bench.root / "cart.py").read_text()


async def test_a_snapshot_that_is_gone_is_told_to_the_model(bench: Any) -> None:
    """Then the files are the base's, and the edits must be made again."""
    with pytest.raises(Transient):
        await bench.work(bench.fix(), Transient("overloaded"))

    async def gone(workspace: Any, tree: str) -> None:
        raise GitFailed("no such tree")

    bench.workspaces.restore = gone
    transcript = await bench.work(bench.submit(), bench.submit())
    assert "The files may be those of the base again" in bench.told(transcript.messages[2])[0]


async def test_a_process_that_was_killed_has_lost_no_edit(bench: Any) -> None:
    """Whenever the model is asked, the files are on record as the steps before have left them."""
    write = [bench.bash(f"echo {number} > file{number}") for number in range(3)]
    transcript = await _killed(bench, *write)
    assert "The files are as you left them." in bench.told(transcript.messages[6])[0]
    assert bench.results(transcript.messages[8]) == ["cart.py\nfile0\nfile1\nfile2\n[exit code 0]"]


async def test_edits_that_could_not_be_taken_are_named_as_lost(bench: Any) -> None:
    """The last snapshot may be some steps old: since then the files held what git refuses."""
    write = [bench.bash(command) for command in ("echo 0 > file0", "mkdir nested", "echo 2 > file2")]
    transcript = await _killed(bench, *write)
    assert "as they were up to 2 of your 3 steps ago" in bench.told(transcript.messages[6])[0]
    assert bench.results(transcript.messages[8]) == ["cart.py\nfile0\n[exit code 0]"]


async def _killed(bench: Any, *steps: Any) -> Any:
    """The round after a process that was killed while the model was asked for the next step."""
    dead: list[str] = []

    def killed(query: Any) -> Any:
        dead.append(bench.checkpoints.stored[bench.key()])
        raise Transient("the end")

    with pytest.raises(Transient):
        await bench.work(*steps, killed)
    bench.checkpoints.stored[bench.key()] = dead[0]
    shutil.rmtree(bench.root / "nested", ignore_errors=True)
    return await bench.work(bench.bash("ls"), bench.submit(), bench.submit())


async def test_what_was_submitted_once_still_counts_after_a_crash(bench: Any) -> None:
    """The checklist is not shown again."""
    with pytest.raises(Transient):
        await bench.work(bench.fix(), bench.submit(), Transient("overloaded"))
    assert (await bench.work(bench.submit())).stop == "submitted"


async def test_a_fix_round_goes_on_in_the_same_conversation(bench: Any) -> None:
    """It starts with the earlier messages and the feedback; its cost and steps are its own."""
    first = await bench.work(bench.fix(), bench.submit(), bench.submit())
    second = await bench.work(bench.bash("echo again"), bench.submit(), bench.submit(), number=1, feedback="Broken.")
    assert second.messages[:6] == first.messages[:6]
    assert bench.results(second.messages[6]) == ["Handed in."]
    assert bench.told(second.messages[6]) == ["Broken."]
    assert (second.stop, second.steps, second.spend.calls) == ("submitted", 3, 3)
    assert bench.results(second.messages[10])[0].startswith("This is not handed in yet.")


async def test_a_fix_round_has_what_the_first_left_of_the_limits(bench: Any) -> None:
    """Steps are counted over the attempt."""
    bench.limits = Limits(max_steps=4)
    await bench.work(bench.fix(), bench.submit(), bench.submit())
    second = await bench.work(bench.bash("echo again"), number=1, feedback="Broken.")
    assert (second.stop, second.steps) == ("step_limit", 1)


async def test_a_fix_round_on_another_machine_starts_with_the_files_of_the_first(bench: Any) -> None:
    """Its snapshot is restored."""
    await bench.work(bench.fix(), bench.submit(), bench.submit())
    (bench.root / "cart.py").unlink()
    await bench.work(bench.submit(), bench.submit(), number=1, feedback="Broken.")
    assert "sum(prices)" in (bench.root / "cart.py").read_text()


async def test_files_that_cannot_be_taken_do_not_end_the_round(bench: Any) -> None:
    """The agent is told at submit, and can put it right."""
    transcript = await bench.work(
        bench.bash("mkdir nested"),
        bench.submit(),
        bench.bash("rmdir nested"),
        bench.fix(),
        bench.submit(),
        bench.submit(),
    )
    assert bench.results(transcript.messages[4]) == [
        "not handed in: the files can't be taken as they are: nested is a repository"
    ]
    assert transcript.stop == "submitted"


async def test_a_finished_round_whose_files_are_gone_fails_loudly(bench: Any) -> None:
    """An empty change must not be taken for the work."""
    await bench.work(bench.fix(), bench.submit(), bench.submit())
    shutil.rmtree(bench.workspaces.git_dir / "objects")

    async def gone(workspace: Any, tree: str) -> None:
        raise GitFailed("no such tree")

    bench.workspaces.restore = gone
    with pytest.raises(GitFailed):
        await bench.work()


async def test_snapshots_are_taken_where_files_may_have_changed(bench: Any) -> None:
    """A command and a submission take one each; looking at a file takes none."""
    look = bench.calls(("str_replace_based_edit_tool", {"command": "view", "path": "/workspace/cart.py"}))
    await bench.work(bench.bash("echo 1 >> log"), look, look, bench.bash("ls"), bench.submit(), bench.submit())
    assert bench.workspaces.snapshots == 2 + 2
