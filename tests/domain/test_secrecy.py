"""Secrets are hidden wherever text leaves the process."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from domain import secrecy
from domain.secrecy import hidden, hidden_in, keep_secret, scrub

TOKEN = "ghp_canary/+token=0123456789"


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    """One secret, and none of it afterwards."""
    keep_secret(SecretStr(TOKEN))
    yield
    secrecy._known.clear()


def test_a_secret_is_hidden_and_the_rest_stays() -> None:
    """Plain, and quoted for an address."""
    assert hidden(f"before {TOKEN} after") == "before *** after"
    assert hidden(f"https://x:{quote(TOKEN, safe='')}@host/") == "https://x:***@host/"
    assert hidden("nothing of it") == "nothing of it"


@pytest.mark.parametrize("user", ["", "x:", "x-access-token:", "ab:"])
def test_a_secret_in_a_header_is_hidden(user: str) -> None:
    """Wherever it begins within the encoded text, too little is left to find it out."""
    encoded = base64.b64encode(f"{user}{TOKEN}".encode()).decode()
    shown = hidden(f"authorization: basic {encoded}")
    assert "***" in shown
    left = shown.removeprefix("authorization: basic ").replace("***", "")
    assert len(left) <= len(base64.b64encode(user.encode())) + 6


def test_all_texts_of_a_value_are_safe() -> None:
    """Lists, dictionaries and tuples, at any depth; other values stay what they are."""
    assert hidden_in({"a": [TOKEN, 1, None], "b": (f"x{TOKEN}",)}) == {"a": ["***", 1, None], "b": ("x***",)}


def test_an_error_and_its_causes_are_scrubbed() -> None:
    """Its kind stays, and so do arguments that are no text."""
    error, cause = ValueError(f"bad {TOKEN}"), OSError(2, f"no {TOKEN}")
    error.__cause__ = cause
    scrub(error)
    assert (str(error), cause.args) == ("bad ***", (2, "no ***"))


def test_a_private_key_is_hidden_line_by_line() -> None:
    """Logs break it up; its frame is no secret."""
    keep_secret(SecretStr("-----BEGIN KEY-----\nMIIEabcdefgh\nshort\nqrstuvwxyz12\n-----END KEY-----\n"))
    assert hidden("-----BEGIN KEY----- MIIEabcdefgh short qrstuvwxyz12") == "-----BEGIN KEY----- *** short ***"


def test_what_is_too_short_is_left() -> None:
    """A token of few letters would turn up in innocent words."""
    keep_secret(SecretStr("test"), SecretStr(""), None)
    assert hidden("the test passed") == "the test passed"
