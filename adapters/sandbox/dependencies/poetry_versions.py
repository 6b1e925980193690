"""Poetry's version constraints in pip's words (Poetry's documentation, "Dependency specification")."""

import re

_RELEASE = re.compile(r"\s*(?P<kind>[\^~]?)\s*(?P<release>\d+(?:\.\d+)*)(?P<rest>[\w.+-]*)\s*")
_PLAIN = re.compile(r"[<>=!~][\w.<>=!~, *]*")
_WILDCARD = re.compile(r"\s*\d+(?:\.\d+)*\.\*\s*")


def requirement(name: str, value: object) -> str:
    """A dependency of Poetry's tables as pip takes it; without a bound where pip has no word for it."""
    text = str(value.get("version", "") if isinstance(value, dict) else value)
    found = _RELEASE.fullmatch(text)
    if found:
        version = found["release"] + found["rest"]
        if not found["kind"]:
            return f"{name}=={version}"
        return f"{name}>={version},<{_next(found['kind'], found['release'])}"
    if _WILDCARD.fullmatch(text):
        return f"{name}=={text.strip()}"
    return f"{name}{text}" if _PLAIN.fullmatch(text) else name


def _next(kind: str, release: str) -> str:
    """The first version that is too new: `^` keeps the first number that is not 0, `~` the second."""
    numbers = [int(number) for number in release.split(".")]
    keeps = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    last = keeps if kind == "^" else min(1, len(numbers) - 1)
    return ".".join(map(str, [*numbers[:last], numbers[last] + 1]))
