"""Building the conversation."""

from agents.messages import calls_in, encodable, says_something, text, told, unanswered
from domain.conversation import Message, ToolCall


def test_half_surrogates_are_replaced_anywhere() -> None:
    """In keys, values and lists; what is clean stays the same."""
    assert encodable({"a\ud800": ["\udfff", 1, None], "日本": "x"}) == {"a?": ["?", 1, None], "日本": "x"}


def test_odd_calls_are_read() -> None:
    """Input that is no object counts as empty; a call without an id can't be answered and is none."""
    content = ({"type": "tool_use", "id": "a", "name": "bash", "input": "ls"}, {"type": "tool_use", "name": "bash"})
    assert calls_in(Message(role="assistant", content=content)) == (ToolCall(id="a", name="bash", input={}),)


def test_thought_and_white_space_say_nothing() -> None:
    """The service would refuse such a message."""
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    assert not says_something(Message(role="assistant", content=(thought, text(" \n"))))
    assert says_something(Message(role="assistant", content=(thought, text("x"))))
    assert not says_something(Message(role="assistant", content=()))


def test_words_join_the_users_last_message() -> None:
    """After the assistant's they begin a new one."""
    asked = told((), text("a"))
    assert told(asked, text("b")) == (Message(role="user", content=(text("a"), text("b"))),)
    answer = Message(role="assistant", content=(text("c"),))
    assert told((*asked, answer), text("d")) == (*asked, answer, Message(role="user", content=(text("d"),)))


def test_an_empty_conversation_has_nothing_to_answer() -> None:
    """Neither has one that ends with the user."""
    assert unanswered(()) == unanswered(told((), text("a"))) == ()
