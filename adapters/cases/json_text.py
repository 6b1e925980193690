"""How JSON and text lie in the ledger: without the character NUL, which PostgreSQL keeps and can't look into."""

import json
import re
from typing import Any

# In JSON's text, behind an even number of backslashes. U+FDD0 is no character, and never will be (Unicode, 23.7).
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_INSTEAD = re.compile(r"(?<!\\)((?:\\\\)*)\\ufdd0")


def written(value: Any) -> str:
    """The text of a value; a NUL in it is written as U+FDD0."""
    return _NUL.sub(r"\1\\ufdd0", json.dumps(value))


def without_nul(text: str) -> str:
    """The same for a text in a column of its own, which PostgreSQL would refuse."""
    return text.replace("\0", "\ufdd0")


def read(text: str) -> Any:
    """The value again; a U+FDD0 that was there from the start comes back as NUL."""
    return json.loads(_INSTEAD.sub(r"\1\\u0000", text))
