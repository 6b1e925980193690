"""The secrets that this process knows, hidden in every text that leaves it.

Nothing should ever carry one; this is for what nobody thought of: a server that repeats a header in its
error, a library that prints its request.
"""

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

HIDDEN = "***"
# What is shorter turns up in innocent words.
_SHORTEST = 8
_known: set[str] = set()


def keep_secret(*secrets: SecretStr | None) -> None:
    """From now on these are hidden; of a secret of several lines (a private key) each line is one."""
    for secret in secrets:
        text = secret.get_secret_value().strip() if secret else ""
        _known.update(part for part in (text, *text.splitlines()) if len(part) >= _SHORTEST and "-----" not in part)


def hidden(text: str) -> str:
    """The text with every secret replaced, also where it is quoted for an address or encoded in base64."""
    pattern = _pattern(frozenset(_known))
    return pattern.sub(HIDDEN, text) if pattern else text


def hidden_in(value: Any) -> Any:
    """The same JSON-like value (or tuple) with every text of it safe."""
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {key: hidden_in(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(hidden_in(item) for item in value)
    return value


def scrub(error: BaseException | None) -> None:
    """Hide secrets in what an error, and all that led to it, says of itself; its kind stays."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if any(isinstance(part, str) and hidden(part) != part for part in error.args):
            error.args = tuple(hidden_in(list(error.args)))
        error = error.__cause__ or error.__context__


@lru_cache(maxsize=4)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _spellings(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    for before in range(3):  # a header encodes `user:secret`: where the secret begins decides its letters
        core = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        yield core[-(-before * 8 // 6) + (1 if before else 0) : -1]
