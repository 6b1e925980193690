"""What a file defines: the names of its functions, classes and methods, by the look of their lines."""

import re
from collections import Counter
from functools import lru_cache

from agents.words import name_terms

_KEYWORDS = (
    r"(?:def|class|function\*?|func|fn|interface|type|struct|enum|trait|module|const|let|var|val|fun|object|record"
    r"|protocol|macro_rules!)"
)
_RECEIVER = r"(?:\([^()\n]{0,80}\)[ \t]*)?"
_MODIFIERS = r"(?:public|private|protected|static|final|async|abstract|synchronized|override|readonly)"
_DEFINED = re.compile(
    rf"\b{_KEYWORDS}[ \t]+{_RECEIVER}([A-Za-z_]\w{{0,79}})"
    rf"|^[ \t]+(?:{_MODIFIERS}[ \t]+)+(?:[\w<>\[\],?]+[ \t]+){{0,3}}([A-Za-z_]\w{{0,79}})[ \t]*\("
    r"|^[ \t]+([A-Za-z_]\w{0,79})\([^;\n]{0,200}\{[ \t]*$",
    re.MULTILINE,
)


def defined_terms(text: str) -> Counter[str]:
    """How often each word stem stands in the names that a text defines."""
    names = (match[1] or match[2] or match[3] for match in _DEFINED.finditer(text))
    return Counter(term for name in names for term in name_terms(name))


def defines(text: str, name: str) -> bool:
    """Whether a line of the text looks like the definition of that name."""
    return _definition(name).search(text) is not None


@lru_cache(maxsize=1_000)
def _definition(name: str) -> re.Pattern[str]:
    quoted = re.escape(name)
    by_keyword = rf"\b{_KEYWORDS}[ \t]+{_RECEIVER}{quoted}\b"
    assigned = rf"^[ \t]*{quoted}[ \t]*[:=][^=]"
    method = rf"^[ \t]+(?:[\w<>\[\],?]+[ \t]+){{0,5}}{quoted}[ \t]*\([^;\n]{{0,200}}\{{[ \t]*$"
    return re.compile(f"{by_keyword}|{assigned}|{method}", re.MULTILINE)
