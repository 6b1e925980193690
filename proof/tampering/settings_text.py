"""Settings of test runners, read from the text of any file that may hold them: a key, its list, its numbers."""

import re
from collections.abc import Iterator

from domain.frozen import Frozen
from proof.tampering.changed_file import Side

_KEY = re.compile(
    r"""^\s*(?:export\s+default\s+|module\.exports\s*=\s*)?[{,]?\s*["']?(?P<key>[\w.:@/-]+(?:\s[\w:.-]+)?)["']?\s*(?P<sign>[=:+]=?|\+=)\s*(?P<value>.*)$"""
)
_SECTION = re.compile(r"^\s*\[+([^\]\"',]+)\]+\s*(?:#.*)?$")
_OPENED = re.compile(r"""^\s*(?:["']?([\w:.-]+)["']?\s*:|[^#\[]*)\s*(?:\w+\()?\{\s*$""")
_COMMENT = re.compile(r"^\s*(?:#|//|;)")
_MOST_LINES = 200


class Setting(Frozen):
    """One key with all its value; `section` is what it stands in, as far as that is in sight."""

    section: str
    key: str
    number: int
    value: str
    changed: bool

    @property
    def name(self) -> tuple[str, str]:
        """What makes it the same setting on both sides."""
        return (self.section, self.key)

    @property
    def items(self) -> tuple[str, ...]:
        """The words or strings of its value."""
        strings = re.findall(r"\"([^\"]*)\"|'([^']*)'", self.value)
        if strings:
            return tuple(one or other for one, other in strings)
        return tuple(re.findall(r"[^\s,\[\]{}();]+", self.value))


def settings(side: Side) -> tuple[Setting, ...]:
    """All settings of a side, in order; values that go on over several lines are whole."""
    return tuple(_settings(side))


def _settings(side: Side) -> Iterator[Setting]:
    sections, last, done = [""], 0, 0
    for number, text in side.lines.items():
        if number != last + 1:
            sections = [_heading(side.headings.get(number, ""))]
        last = number
        if number <= done or _COMMENT.match(text):
            continue
        if found := _SECTION.match(text):
            sections = [found[1].strip()]
        elif found := _OPENED.match(text):
            sections.append((found[1] or "").strip())
        elif text.lstrip().startswith("}"):
            sections = sections[:-1] or [""]
        elif found := _KEY.match(text):
            done = _end(side, number, found["value"])
            value = "\n".join([found["value"], *(side.lines[line] for line in range(number + 1, done + 1))])
            changed = any(line in side.changed for line in range(number, done + 1))
            yield Setting(section=sections[-1], key=found["key"], number=number, value=value, changed=changed)


def _heading(text: str) -> str:
    found = _SECTION.match(text) or _OPENED.match(text)
    return (found[1] or "").strip() if found else ""


def _end(side: Side, first: int, value: str) -> int:
    """The last line of a value: brackets closed again, or, without brackets, the last deeper line (ini, make, YAML)."""
    depth = _depth(value)
    number = first
    indent = len(side.lines[first]) - len(side.lines[first].lstrip())
    while number + 1 in side.lines and number - first < _MOST_LINES:
        text = side.lines[number + 1]
        deeper = text.strip() and len(text) - len(text.lstrip()) > indent
        if depth > 0:
            depth += _depth(text)
        elif not (deeper and not value.strip().endswith((",", ";", "}", "]"))) or (
            _KEY.match(text) and value.strip() and not text.startswith("\t")
        ):
            break
        number += 1
    return number


def _depth(text: str) -> int:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", text)
    return sum(bare.count(mark) for mark in "([{") - sum(bare.count(mark) for mark in ")]}")
