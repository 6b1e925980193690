"""The agent loop, from the first message to every stop reason."""

from typing import Any

from domain.change import Submission
from domain.errors import ModelRejected, Transient
from domain.spend import Spend


async def test_a_round_reproduces_edits_and_hands_in_in_two_steps(bench: Any) -> None:
    """The first submit shows the diff and the checklist, the second ends the round with the files on record."""
    transcript = await bench.work(
        bench.bash("python3 -c 'import cart; print(cart.total([1, 2]))'"),
        bench.fix(),
        bench.submit(evidence="It prints 3."),
        bench.submit(),
    )
    assert transcript.stop == "submitted"
    assert transcript.submission == Submission(
        kind="change", title="Add up the prices", summary="It gave 0.", evidence="It prints 3."
    )
    assert (transcript.steps, transcript.spend.calls, transcript.spend.cost_usd) == (4, 4, 0.04)
    shown = bench.results(transcript.messages[6])[0]
    assert "-    return 0\n+    return sum(prices)" in shown
    assert "- Prices are in cents." in shown
    assert bench.results(transcript.messages[2]) == ["0\n[exit code 0]"]
    assert bench.watcher.actions == [
        "bash: python3 -c 'import cart; print(cart.total([1, 2]))'",
        "edit: cart.py",
        "submit",
        "submit",
    ]
    assert transcript.tree == (await bench.workspaces.snapshot(None)).tree
    assert await bench.checkpoints.load(bench.key()) == transcript


async def test_the_assistant_is_quoted_exactly_and_all_results_come_in_one_message(bench: Any) -> None:
    """Thinking blocks keep their signature, and two calls are answered by one user message, in order."""
    thought = {"type": "thinking", "thinking": "Look first.", "signature": "c2ln"}
    both = bench.calls(("bash", {"command": "echo one"}), ("bash", {"command": "echo two; exit 3"}))
    reply = bench.reply(thought, *both.message.content, stop="tool_use")
    transcript = await bench.work(reply, bench.fix(), bench.submit(), bench.submit())
    assert transcript.messages[1] == reply.message
    assert bench.results(transcript.messages[2]) == ["one\n[exit code 0]", "two\n[exit code 3]"]


async def test_the_prefix_of_the_conversation_never_changes(bench: Any) -> None:
    """System, tools and all earlier messages are the same in every call, so the prompt cache holds."""
    await bench.work(bench.bash("echo 1"), bench.says("Hm."), bench.fix(), bench.submit(), bench.submit())
    for earlier, later in zip(bench.model.queries, bench.model.queries[1:], strict=False):
        assert (later.system, later.tools, later.model) == (earlier.system, earlier.tools, earlier.model)
        assert later.messages[: len(earlier.messages)] == earlier.messages


async def test_a_finished_round_asks_nobody(bench: Any) -> None:
    """The second call returns the first one's transcript, and puts its files back."""
    first = await bench.work(bench.fix(), bench.submit(), bench.submit())
    (bench.root / "cart.py").write_text("lost\n")
    assert await bench.work() == first
    assert "sum(prices)" in (bench.root / "cart.py").read_text()


async def test_words_without_a_call_are_reminded_then_taken_as_handing_in(bench: Any) -> None:
    """The second time in a row, a change in the files is taken with the words as its summary."""
    transcript = await bench.work(bench.fix(), bench.says("Fixed."), bench.says("Total now adds up.\n\nDone."))
    assert transcript.stop == "submitted"
    assert transcript.submission == Submission(
        kind="change", title="Total now adds up. Done.", summary="Total now adds up.\n\nDone."
    )
    assert bench.told(transcript.messages[4])[0].startswith("That message called no tool")


async def test_words_without_any_change_end_as_malformed(bench: Any) -> None:
    """Three answers without a tool call and nothing in the files: nobody can use that."""
    transcript = await bench.work(bench.says("Hello."), bench.says("Sure."), bench.says("Done."))
    assert (transcript.stop, transcript.submission, transcript.steps) == ("malformed", None, 3)


async def test_words_after_the_checklist_hand_in_what_was_pending(bench: Any) -> None:
    """Who has submitted once and then only talks has handed in, in the words of the submit."""
    transcript = await bench.work(bench.fix(), bench.submit(), bench.says("All good."), bench.says("Done."))
    assert transcript.stop == "submitted"
    assert transcript.submission.title == "Add up the prices"


async def test_a_call_cut_off_by_the_length_limit_is_answered_as_an_error(bench: Any) -> None:
    """The unfinished call is not run, the one before it is."""
    cut = bench.calls(("bash", {"command": "echo whole"}), ("bash", {"command": "rm -rf"}), stop="max_tokens")
    transcript = await bench.work(cut, bench.fix(), bench.submit(), bench.submit())
    assert bench.shell.commands == ["echo whole"]
    whole, unfinished = transcript.messages[2].content
    assert whole["content"] == "whole\n[exit code 0]"
    assert unfinished["is_error"] is True
    assert unfinished["content"].startswith("not run: your answer reached its length limit")


async def test_words_cut_off_by_the_length_limit_are_told_to_be_shorter(bench: Any) -> None:
    """The model learns why nothing happened."""
    transcript = await bench.work(bench.says("I will", stop="max_tokens"), bench.fix(), bench.submit(), bench.submit())
    assert bench.told(transcript.messages[2])[0].startswith("Your answer reached its length limit")


async def test_a_paused_turn_is_sent_again_as_it_is(bench: Any) -> None:
    """Nothing is said in between."""
    paused = bench.says("Thinking about it", stop="pause_turn")
    await bench.work(paused, bench.fix(), bench.submit(), bench.submit())
    assert bench.model.queries[1].messages[-1] == paused.message


async def test_a_refusal_ends_the_round(bench: Any) -> None:
    """What it cost is in the transcript."""
    transcript = await bench.work(bench.says("I can't help with that.", stop="refusal"))
    assert (transcript.stop, transcript.spend.cost_usd) == ("refused", 0.01)


async def test_a_full_context_is_emptied_of_old_results_and_asked_again(bench: Any) -> None:
    """The newest eight results stay, the others say that they were cleared."""
    full = bench.reply(stop="model_context_window_exceeded")
    steps = [bench.bash(f"echo {number}") for number in range(10)]
    transcript = await bench.work(*steps, full, bench.fix(), bench.submit(), bench.submit())
    results = [text for message in transcript.messages for text in bench.results(message)]
    assert results[:10] == ["[cleared]"] * 2 + [f"{number}\n[exit code 0]" for number in range(2, 10)]
    assert (transcript.stop, transcript.summarised) == ("submitted", False)


async def test_a_prompt_the_service_finds_too_long_counts_as_a_full_context(bench: Any) -> None:
    """The call that was refused is paid nothing."""
    transcript = await bench.work(ModelRejected("400: prompt is too long: 250000 tokens > 200000 maximum"))
    assert (transcript.stop, bench.budget.booked) == ("context_full", [0.0])


async def test_replies_that_nobody_can_use_end_the_round_at_the_third(bench: Any) -> None:
    """Unknown tools, input of the wrong type and empty answers are answered with what to do, twice."""
    transcript = await bench.work(bench.calls(("browser", {"url": "x"})), bench.reply(), bench.calls(("bash", ["ls"])))
    assert (transcript.stop, transcript.steps) == ("malformed", 3)
    assert bench.results(transcript.messages[2]) == [
        "error: there is no tool `browser`: use bash, str_replace_based_edit_tool, submit"
    ]


async def test_a_good_call_makes_up_for_malformed_ones(bench: Any) -> None:
    """Only three in a row end the round."""
    bad = [bench.calls(("bash", {})), bench.calls(("bash", {"command": 5}))]
    transcript = await bench.work(*bad, bench.fix(), bench.calls(("x", {})), bench.submit(), bench.submit())
    assert transcript.stop == "submitted"


async def test_the_same_command_with_the_same_result_four_times_is_stuck(bench: Any) -> None:
    """The fourth ends it, and the files are on record."""
    transcript = await bench.work(bench.fix(), *(bench.bash("echo same") for _ in range(4)))
    assert (transcript.stop, transcript.steps) == ("stuck", 5)
    assert transcript.tree == (await bench.workspaces.snapshot(None)).tree


async def test_half_a_surrogate_in_an_answer_does_not_break_the_record(bench: Any) -> None:
    """No UTF-8 holds it, so it is replaced before it is stored."""
    transcript = await bench.work(bench.bash("echo \ud800"), bench.fix(), bench.submit(), bench.submit())
    assert transcript.messages[1].content[0]["input"] == {"command": "echo ?"}


async def test_a_submit_must_be_the_last_call_of_its_message(bench: Any) -> None:
    """Who submits twice in one breath has not read the checklist."""
    hasty = bench.calls(("submit", {"title": "t"}), ("submit", {"title": "t"}), ("bash", {"command": "rm cart.py"}))
    transcript = await bench.work(bench.fix(), hasty, bench.submit())
    assert bench.results(transcript.messages[4])[1:] == ["not run: submit must be the last call of a message"] * 2
    assert (transcript.stop, transcript.steps) == ("submitted", 3)


async def test_people_who_watch_see_one_short_clean_line(bench: Any) -> None:
    """Control characters, line breaks and length are taken off."""
    await bench.work(
        bench.bash("echo \x1b[31m" + "x" * 200),
        bench.bash("echo a\necho b"),
        bench.fix(),
        bench.submit(),
        bench.submit(),
    )
    assert bench.watcher.actions[:2] == ["bash: echo [31m" + "x" * 64 + "…", "bash: echo a echo b"]
    assert all(len(action) <= 80 for action in bench.watcher.actions)


async def test_people_who_cannot_be_reached_stop_no_work(bench: Any) -> None:
    """Showing progress may fail for a while."""

    async def unreachable(action: str, spend: Spend) -> None:
        raise Transient("coordinator out of reach")

    bench.watcher = unreachable
    assert (await bench.work(bench.fix(), bench.submit(), bench.submit())).stop == "submitted"
