"""Values that are given to names such as `password` and look as if a machine had drawn them."""

import math
import re
from collections import Counter
from collections.abc import Iterator

# Everything is bounded and starts at a name, so that long lines stay cheap.
_QUOTED = re.compile(
    r"(?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|"
    r"auth[_-]?key|encryption[_-]?key|signing[_-]?key|credential)s?[A-Za-z0-9_.\]-]{0,20}[\"']?\]?"
    r"\s{0,4}(?::\s{0,2}[A-Za-z.\[\] |]{1,20}=|:=|=>|=|:|,)\s{0,4}[rbuf]?"
    r"(?P<quote>[\"'`])(?P<value>[^\"'`\s]{12,400})(?P=quote)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\s{0,20}(?:export\s{1,4})?[\"']?[A-Za-z0-9_.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|"
    r"access[_-]?key|private[_-]?key|credential)s?[A-Za-z0-9_.-]{0,20}[\"']?\s{0,4}[:=]\s{0,4}(?P<value>[^\s\"'`#;,]{12,400})\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_IN_ADDRESS = re.compile(
    r"[a-z][a-z0-9+]{1,15}://[^\s:/@\"'`]{1,60}:(?P<value>[^\s:/@\"'`]{8,200})@[A-Za-z0-9.-]{1,200}"
)
_BARE_FILES = re.compile(r"(?:^|/)\.env[^/]*$|\.(?:env|properties|ya?ml|ini|cfg|conf|toml|tfvars|sh)$", re.IGNORECASE)

_PLACEHOLDER = re.compile(
    r"example|placeholder|change[_-]?me|replace|dummy|fake|sample|mock|test|your[_-]|my[_-]|xxx|todo|redacted|secret|password"
    r"|passw0rd|insecure|^<.*>$|\$\{|\$\(|\{\{|^\$|%\(|\{[a-z_.]*\}|environ|getenv|process\.env|secrets\.|vault:|^arn:|^ref\+"
    r"|://|^[./~]",
    re.IGNORECASE,
)
# Words and numbers with separators: names, paths, versions; nothing that a machine drew.
_WORDS = re.compile(r"[A-Za-z]*\d{0,4}(?:[-_.:/ ][A-Za-z]*\d{0,4})+|[A-Za-z]+\d{0,4}|\d+")
_LEAST_BITS = 3.0
_DRAWN_BITS = 3.6
_OF_THE_MOST = 0.87
_HEX = re.compile(r"[0-9a-fA-F]{24,}")


def assigned(text: str, path: str) -> Iterator[int]:
    """Where (offset) a value starts that looks drawn and has the name of a secret."""
    patterns = [_QUOTED, _IN_ADDRESS, *([_BARE] if _BARE_FILES.search(path) else [])]
    for pattern in patterns:
        for match in pattern.finditer(text):
            if looks_drawn(match["value"]):
                yield match.start("value")


def looks_drawn(value: str) -> bool:
    """Whether a value is more like a key than like a word, a name, a path or a stand-in."""
    if _PLACEHOLDER.search(value) or _WORDS.fullmatch(value):
        return False
    bits = _entropy(value)
    if _HEX.fullmatch(value):
        return bits >= _LEAST_BITS
    digits = sum(map(str.isdigit, value))
    mixed = digits > 1 or (digits == 1 and not value.isalnum())
    return mixed and any(map(str.isalpha, value)) and bits >= min(_DRAWN_BITS, _OF_THE_MOST * math.log2(len(value)))


def _entropy(value: str) -> float:
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())
