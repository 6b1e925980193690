"""JSON in the ledger: PostgreSQL can look into all of it, and it comes back as it was."""

import pytest

from adapters.cases.json_text import read, written

TEXTS = ["\0", "\0\0\0", "\\u0000", "\\\0", "\\\\u0000\0", "a\0b\\", "\0\\u0000\0\0", "é 😀", ""]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    """Whatever stands around a NUL, backslashes too; as a key as well."""
    assert read(written({"a": [text], text: 1})) == {"a": [text], text: 1}


@pytest.mark.parametrize("text", TEXTS)
def test_no_nul_is_written(text: str) -> None:
    """Only a text that spells the escape keeps it, as a text."""
    assert written([text]).replace(r"\\u0000", "").count(r"\u0000") == 0


def test_what_was_written_before_is_read() -> None:
    """A ledger of an earlier version has the NUL itself."""
    assert read(r'{"a": "\u0000"}') == {"a": "\0"}
