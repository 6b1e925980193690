"""Text in, text out."""

import pytest

from adapters.github.text import BODY_LIMIT, clean, fit_body, one_line, unmentioned


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a\x00b\x07c\x1b[0m\x7f\x9b", "abc[0m"),
        ("a\tb\nc\r\nd\re\u2028f", "a\tb\nc\nd\ne\nf"),
        ("日本語 👩‍👩‍👧 é", "日本語 👩‍👩‍👧 é"),
        ("safe\u202e txt.exe\u2066", "safe txt.exe"),
        ("hi\U000e0041\U000e0042", "hi"),
        ("half \ud83d", "half "),
    ],
)
def test_clean(typed: str, read: str) -> None:
    """What people cannot see is gone, what they can see stays."""
    assert clean(typed) == read
    assert clean(typed).encode()


@pytest.mark.parametrize(
    ("text", "line"), [(" a\n b ", "a b"), ("あ" * 6, "あ" * 6), ("あ" * 7, "あああああ…"), ("a b c d e", "a b c…")]
)
def test_one_line(text: str, line: str) -> None:
    """A title is one line of at most the limit, and shows where it was cut."""
    assert one_line(text, 6) == line


@pytest.mark.parametrize("length", [BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1])
def test_bodies_at_the_limit(length: int) -> None:
    """One below the limit is whole; from the limit on, the body is cut and still below."""
    fitted = fit_body("a" * length)
    assert len(fitted) == BODY_LIMIT - 1
    assert fitted.endswith("[...]\n") is (length >= BODY_LIMIT)


def test_code_is_left_alone() -> None:
    """Mentions call nobody, while code and addresses stay what they are."""
    text = "@ann and (@bob), a@b.example\n```\n@cache\n```\n`@x` @org/team"
    assert unmentioned(text) == "@\u200bann and (@\u200bbob), a@b.example\n```\n@cache\n```\n`@x` @\u200borg/team"
