"""Coverage thresholds that were lowered or taken away."""

import posixpath
import re
from collections.abc import Iterator

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.tamper_finding import TamperFinding, quoted

_FILES = re.compile(
    r"^(?:pyproject\.toml|setup\.cfg|tox\.ini|\.?pytest\.ini|\.coveragerc|noxfile\.py|(?:GNU)?[mM]akefile|package\.json"
    r"|(?:jest|vitest|vite)\.config\..*|\.(?:nyc|c8)rc.*|\.?codecov\.ya?ml|.*\.ya?ml)$"
)
_UNDER = re.compile(r"\b(?P<key>fail[_-]under)[\"']?\s*[=:\s]\s*[\"']?(?P<value>\d+(?:\.\d+)?)")
_PARTS = re.compile(
    r"""\b(?P<key>statements|branches|functions|lines|perFile|check-coverage|checkCoverage|all)["']?\s*:\s*(?P<value>\d+(?:\.\d+)?|true|false)"""
)
# What nyc, c8 and node-tap are told where they are called; a flag without a number is on.
_FLAG = re.compile(
    r"--(?P<key>statements|branches|functions|lines|check-coverage)(?![\w-])"
    r"(?:[= ](?P<value>\d+(?:\.\d+)?|true|false)\b)?"
)
_TARGET = re.compile(r"\b(?P<key>target|threshold)\s*:\s*[\"']?(?P<value>\d+(?:\.\d+)?)%?")
_CONTEXT = re.compile(r"coverageThreshold|thresholds?\b|check-?[cC]overage|\bnyc\b|\bc8\b")
_GENEROUS = "threshold"


def lowered(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each threshold that is lower than before or gone."""
    name = posixpath.basename(file.path)
    if not (file.old_path and _FILES.match(name)):
        return
    old, new = _floors(file.old, name), _floors(file.new, name)
    for key, before in old.items():
        after = new.get(key)
        if not before.changed:
            continue
        if after is None and file.new_path:
            yield _finding(file, before.number, f"a coverage threshold was removed ({quoted(before.text)})")
        elif after is not None and _lower(key, before.value, after.value):
            said = f"({quoted(after.text)} instead of {quoted(before.text)})"
            yield _finding(file, after.number, f"a coverage threshold was lowered {said}")


class _Floor:
    def __init__(self, number: int, text: str, value: float, *, changed: bool) -> None:
        self.number, self.text, self.value, self.changed = number, text.strip(), value, changed


def _floors(side: Side, name: str) -> dict[str, _Floor]:
    """Thresholds by key; the second of the same key counts as another."""
    context = name.startswith((".nyc", ".c8")) or any(_CONTEXT.search(text) for text in side.lines.values())
    codecov = "codecov" in name
    patterns = [
        _UNDER,
        *([_FLAG] * context),
        *([_PARTS] if context and not name.endswith((".yml", ".yaml")) else []),
        *([_TARGET] * codecov),
    ]
    found: dict[str, _Floor] = {}
    for number, text in side.lines.items():
        if text.strip().startswith(("#", "//")):
            continue
        for match in (match for pattern in patterns for match in pattern.finditer(text)):
            key = match["key"].replace("-", "_")
            while key in found:
                key += "'"
            said = match["value"] or "true"
            number_of = {"true": 1.0, "false": 0.0}[said] if said in {"true", "false"} else float(said)
            found[key] = _Floor(number, text, number_of, changed=number in side.changed)
    return found


def _lower(key: str, before: float, after: float) -> bool:
    return after > before if key.startswith(_GENEROUS) else after < before


def _finding(file: ChangedFile, number: int, text: str) -> TamperFinding:
    return TamperFinding(kind="coverage", path=file.path, line=number, text=text)
