"""Numbers that say how exactly, or how fast, a test wants it: found where they were made more generous."""

import re
from collections import defaultdict
from collections.abc import Iterator

from domain.frozen import Frozen
from proof.tampering.changed_file import ChangedFile
from proof.tampering.statement import COMMENT
from proof.tampering.tamper_finding import TamperFinding, quoted

_NUMBER = r"\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?"
_GENEROUS = r"(?:rel|abs)(?:_tol)?|[ra]tol|delta|\w*tolerance|tol|eps(?:ilon)?|\w*[tT]imeout\w*|maxDiffPixel\w*"
_STRICT = r"places|decimals?|significant|numDigits"
_NAMED = re.compile(
    rf"(?P<comma>,\s*)?\b(?:(?P<name>{_GENEROUS}|{_STRICT})[\"']?\s*[=:]|(?P<call>\w*[tT]imeout)\()\s*(?P<value>{_NUMBER})\b"
)
_LAST = r"(?=\s*,?\s*\)(?!\s*\)))"
_FIRST = r"[^,()]*(?:\([^()]*\)[^,()]*)*,"
_PLACED = (
    re.compile(rf"\.toBeCloseTo\(.{{1,200}}(?P<comma>,\s*)(?P<value>{_NUMBER}){_LAST}(?P<strict>)"),
    re.compile(rf"[aA]lmost_?[eE]qual\({_FIRST}.{{0,200}}(?P<comma>,\s*)(?P<value>{_NUMBER}){_LAST}(?P<strict>)"),
    re.compile(rf"\babs\(.{{1,200}}\)\s*<=?\s*(?P<comma>)(?P<value>{_NUMBER})"),
    re.compile(rf"^\s*\}}(?P<comma>,\s*)(?P<value>{_NUMBER})(?=\);?\s*$)"),
)
# What holds where nothing is said: pytest.approx, math.isclose, numpy.testing, unittest, jest.
_DEFAULTS = {"rel": 1e-6, "abs": 1e-12, "rel_tol": 1e-9, "abs_tol": 0.0, "rtol": 1e-7, "atol": 0.0, "places": 7.0}
_PLACES = (2.0, 7.0)


class _Settings(Frozen):
    """A line without its generous numbers, and these by name, turned so that more is more generous."""

    rest: str
    values: dict[str, float]


def widened(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each line that took another's place with the same words and more generous numbers."""
    for block in file.blocks:
        old: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
        for number in file.old.of_block(block):
            before = _settings(file.old.lines[number])
            old[before.rest].append(before.values)
        for number in file.new.of_block(block):
            text = file.new.lines[number]
            new = _settings(text)
            same = old.get(new.rest)
            if same and _more_generous(same.pop(0), new.values) and not text.strip().startswith(COMMENT):
                yield TamperFinding(
                    kind="tolerance",
                    path=file.path,
                    line=number,
                    text=f"a tolerance or a time limit was widened ({quoted(text)})",
                )


def _settings(text: str) -> _Settings:
    values: dict[str, float] = {}

    def taken(found: re.Match[str]) -> str:
        name = found["name"] or found["call"]
        sign = -1 if re.fullmatch(_STRICT, name) else 1
        values[name] = sign * float(found["value"].replace("_", ""))
        return ""

    rest = _NAMED.sub(taken, text)
    for place, shape in enumerate(_PLACED):
        if found := shape.search(rest):
            sign = -1 if "strict" in shape.groupindex else 1
            values[f"#{place}"] = sign * float(found["value"].replace("_", ""))
            rest = rest[: found.start("comma")] + rest[found.end("value") :]
    return _Settings(rest=re.sub(r"\s+|\(,|,(?=\s*\))", "", rest), values=values)


def _more_generous(old: dict[str, float], new: dict[str, float]) -> bool:
    """Whether any number grew; what was not said before counts only where its default is known."""
    if old.keys() & {"delta"} != new.keys() & {"delta"}:
        return False
    for name in sorted({*old, *new}):
        default = _default(name)
        before, after = old.get(name, default), new.get(name, default)
        if before is not None and after is not None and after > before:
            return True
    return False


def _default(name: str) -> float | None:
    if name.startswith("#"):
        place = int(name[1:])
        return -_PLACES[place] if place < len(_PLACES) else None
    value = _DEFAULTS.get(name)
    return -value if value is not None and name == "places" else value
