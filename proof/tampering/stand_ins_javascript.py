"""What the tests of the base call, and a change puts something else in the place of, in JavaScript and TypeScript."""

import re
from collections.abc import Iterator, Mapping

from proof.tampering.changed_file import ChangedFile, Side
from proof.tampering.dialect import dialect_of
from proof.tampering.tamper_finding import TamperFinding, quoted

_IMPORT = re.compile(
    r"^\s*(?:import\s+(?:type\s+)?(?P<named>[^'\"]+?)\s+from\s*|(?:const|let|var)\s+(?P<required>\{[^}]*\}|\w+)\s*=\s*(?:await\s+import|require)\(\s*)"
    r"['\"](?P<spec>[^'\"]+)['\"]"
)
_MOCKED = re.compile(
    r"\b(?:jest|vi)\.(?:mock|doMock|setMock|unstable_mockModule)\(\s*(?:import\()?['\"](?P<spec>[^'\"]+)['\"]"
)
_SPIED = re.compile(
    r"\b(?:(?:jest|vi)\.spyOn|sinon\.(?:stub|replace)|td\.replace)\(\s*(?P<owner>\w+)\s*,\s*['\"](?P<name>\w+)['\"]"
)
_GIVES = re.compile(r"\.mock(?:Return|Resolved|Rejected|Implementation)|\b(?:stub|replace)\(")
_DECLARED = re.compile(
    r"^\s*(?:export\s+)?(?:(?:const|let|var)\s+(?P<value>\w+)\s*=|(?:async\s+)?function\s+(?P<function>\w+)\s*\()"
)
_GLOBAL = re.compile(r"^\s*(?:global|globalThis|window)\.(?P<word>expect|it|test|describe|assert)\s*=(?!=)")
_WORDS = frozenset({"expect", "it", "test", "describe", "assert"})
_FROM_A_RUNNER = re.compile(
    r"\brequire\(|\bimport\b|\.(?:extend|each|concurrent|serial|only|skip)\b|\b(?:lab|suite|chai|test|tap)\b\s*[.(]"
)
_NOT_REAL = re.compile(r"fake|mock|stub|dummy", re.IGNORECASE)


def stand_ins_javascript(file: ChangedFile) -> Iterator[TamperFinding]:
    """A finding for each new line that replaces what an older test in this file calls, or the words of its runner."""
    dialect = dialect_of(file.path)
    if not (file.old_path and file.new_path) or dialect is None or file.path.endswith((".py", ".go")):
        return
    names = _imported(file.old)
    used = {name: spec for name, spec in names.items() if spec.startswith(".") and _is_called(name, file.old)}
    removed = {file.old.lines[number].strip() for number in file.old.changed}
    for number in file.new.changed:
        text = file.new.lines[number]
        if text.strip() not in removed and _replaces(text, used):
            said = f"what the tests are about is replaced ({quoted(text)})"
            yield TamperFinding(kind="weakened", path=file.path, line=number, text=said)


def _replaces(text: str, used: Mapping[str, str]) -> bool:
    if found := _MOCKED.search(text):
        return found["spec"] in used.values()
    if found := _SPIED.search(text):
        return bool(_GIVES.search(text)) and (found["name"] in used or found["owner"] in used)
    if found := _IMPORT.match(text):
        return any(
            name in used and used[name] != spec and _NOT_REAL.search(spec) for name, spec in _names(found).items()
        )
    if found := _DECLARED.match(text):
        name, value = found["value"] or found["function"], text[found.end() :]
        makes = any(re.search(rf"\b{re.escape(other)}\s*\(", value) for other in used)
        return (name in used and not makes) or (name in _WORDS and not _FROM_A_RUNNER.search(value))
    return bool(_GLOBAL.match(text))


def _imported(side: Side) -> dict[str, str]:
    return {
        name: spec
        for text in side.lines.values()
        if (found := _IMPORT.match(text))
        for name, spec in _names(found).items()
    }


def _names(found: "re.Match[str]") -> dict[str, str]:
    """The local names that an import gives, with where they come from."""
    words = re.sub(r"\w+\s*(?::|\bas\b)\s*(?=\w)|\*\s*as\s", " ", found["named"] or found["required"])
    return dict.fromkeys(re.findall(r"\w+", words), found["spec"])


def _is_called(name: str, side: Side) -> bool:
    return any(
        re.search(rf"\b{re.escape(name)}\b\s*[.(]", text) and not _IMPORT.match(text) for text in side.lines.values()
    )
