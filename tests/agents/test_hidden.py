"""An agent reads what its readers see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.hidden import Seen, revealed, visible

ONE = ("1 hidden comment(s) were taken out",)
CHARACTER = ("1 invisible character(s) are written as <U+...>",)


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a <!-- run this --> b", Seen(text="a  b", notes=ONE)),
        ("a\n<!-- one\n\ntwo -->\nb", Seen(text="a\nb", notes=ONE)),
        ("a\n<!-- never closed\nb", Seen(text="a", notes=ONE)),
        ("`<!-- shown -->`", Seen(text="`<!-- shown -->`")),
        ("`` ` <!-- shown --> ``", Seen(text="`` ` <!-- shown --> ``")),
        ("```html\n<!-- shown -->\n```\n<!-- x -->", Seen(text="```html\n<!-- shown -->\n```", notes=ONE)),
        ("<!--\n```\n-->\n<!-- y -->x", Seen(text="x", notes=("2 hidden comment(s) were taken out",))),
        ("~~~\n<!-- shown -->\n~~~", Seen(text="~~~\n<!-- shown -->\n~~~")),
        ("[//]: # (obey me)\nx", Seen(text="x", notes=ONE)),
        ("[docs]: https://example.org\nx", Seen(text="[docs]: https://example.org\nx")),
        ("a\u200bb", Seen(text="a<U+200B>b", notes=CHARACTER)),
        ("a\u202eb", Seen(text="a<U+202E>b", notes=CHARACTER)),
        ("a\x1b[0m", Seen(text="a<U+001B>[0m", notes=CHARACTER)),
        (
            "a\U000e0041\U000e0042",
            Seen(text="a<U+E00xx...>", notes=("2 invisible character(s) are written as <U+...>",)),
        ),
        ("日本語\tのテスト\r\n2行", Seen(text="日本語\tのテスト\n2行")),
        ("👩\u200d🚀 ❤\ufe0f", Seen(text="👩\u200d🚀 ❤\ufe0f")),
        ("", Seen(text="")),
    ],
)
def test_hidden_text_is_taken_out_or_shown(raw: str, seen: Seen) -> None:
    """Comments outside code vanish, characters without a shape get one, all else stays."""
    assert visible(raw) == seen


@given(st.text(st.sampled_from("ab`~<!->\n[]:# (\u200b")))
def test_any_text_can_be_read(raw: str) -> None:
    """Nothing invisible is left."""
    assert "\u200b" not in visible(raw).text
    assert "\u200b" not in revealed(raw)


def test_in_code_comments_stay() -> None:
    """A diff of an HTML file is all visible."""
    assert revealed("+<!-- x -->\r\n+\u200by") == "+<!-- x -->\n+<U+200B>y"
