"""Labels and comment commands, as the contract has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.order import Order, command_in, is_trigger, only_commands, priority_of, specialist_of

NAMES = frozenset({"backend", "api", "docs"})


@pytest.mark.parametrize(
    ("label", "specialist"),
    [
        ("claude", None),
        ("Claude", None),
        ("claude:backend", "backend"),
        ("claude: API", "api"),
        (" claude:my-own-agent ", "my-own-agent"),
    ],
)
def test_labels_that_ask_for_work(label: str, specialist: str | None) -> None:
    """Whether a specialist of that name exists is the repository's matter."""
    assert (is_trigger(label), specialist_of(label)) == (True, specialist)


@pytest.mark.parametrize(
    "label", ["", "claude2", "claude:", "claude:a b", "claude:../x", "not claude", "claude:" + "x" * 50]
)
def test_labels_that_ask_for_nothing(label: str) -> None:
    """Only the label itself, and what can be a name after the colon."""
    assert not is_trigger(label)


@pytest.mark.parametrize(
    ("labels", "priority"),
    [
        ((), "normal"),
        (("bug", "priority: high"), "high"),
        (("Priority/Critical", "priority:low"), "critical"),
        (("prio-urgent",), "critical"),
        (("P1",), "high"),
        (("p3",), "low"),
        (("priority: medium",), "normal"),
        (("priority: whatever", "p4", "highlight"), "normal"),
    ],
)
def test_priority_comes_from_labels(labels: tuple[str, ...], priority: str) -> None:
    """The highest of them."""
    assert priority_of(labels) == priority


@pytest.mark.parametrize(
    ("comment", "order"),
    [
        ("/claude", Order(kind="start")),
        ("  /claude  ", Order(kind="start")),
        ("/CLAUDE Backend", Order(kind="start", specialist="backend")),
        ("/claude api.", Order(kind="start", specialist="api")),
        ("/claude stop", Order(kind="stop")),
        ("/claude: Stop!\nThank you.", Order(kind="stop")),
        ("/claude retry", Order(kind="retry")),
        ("/claude approve", Order(kind="approve")),
        ("Looks good.\n\n/claude approve", Order(kind="approve")),
        ("/claude stop using globals", Order(kind="say", text="stop using globals")),
        ("/claude backend\nbut keep the API", Order(kind="say", text="backend\nbut keep the API")),
        ("/claude nobody", Order(kind="say", text="nobody")),
        ("/claude\nuse cents", Order(kind="say", text="use cents")),
        ("/claude 円で計算して", Order(kind="say", text="円で計算して")),
    ],
)
def test_commands(comment: str, order: Order) -> None:
    """The four words and a specialist's name stand alone; anything else is for the agent."""
    assert command_in(comment, NAMES) == order


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "I like /claude stop",
        "/claudette",
        "/claude/stop",
        "/claude.md is wrong",
        "> /claude stop",
        "    /claude stop",
        "```\n/claude stop\n```",
        "~~~text\n/claude approve\n~~~",
        "```\n/claude approve",
        "@claude stop",
        "claude stop",
    ],
)
def test_what_is_no_command(comment: str) -> None:
    """Words in a sentence, quotes, and code."""
    assert command_in(comment, NAMES) is None


def test_code_that_has_ended_hides_nothing() -> None:
    """What stands after it counts."""
    assert command_in("```\n/claude stop\n```\n/claude retry", NAMES) == Order(kind="retry")


@given(some.text(max_size=200))
def test_any_text_is_some_order_or_none(comment: str) -> None:
    """No comment stops the loop, and what is said is a part of it."""
    order = command_in(comment, NAMES)
    assert order is None or order.kind != "say" or order.text.splitlines()[0] in comment
    assert command_in(f"/claude x {comment}", NAMES) is not None


@pytest.mark.parametrize(
    ("comment", "bare"),
    [
        ("/claude", True),
        (" /claude stop\n", True),
        ("/claude backend", True),
        ("/claude use cents", False),
        ("hm", False),
    ],
)
def test_bare_commands_are_no_part_of_the_issue(comment: str, bare: bool) -> None:
    """Text that says something stays."""
    assert only_commands(comment) is bare
