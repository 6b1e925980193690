"""Markdown as people write issues: which part of a body says what, and the paths it names."""

import re
from typing import Literal

from domain.frozen import Frozen

ZoneKind = Literal["lead", "prose", "heading", "aside", "code"]

_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->))*(?:-->|\Z)")
_URL = re.compile(r"\b[a-z][a-z0-9+]{1,9}://[^\s<>\"'`]+", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^\s`{]*)")
_HEADING = re.compile(r"(?:#{1,6}\s+\S|\*\*[^*]+\*\*:?$|[^\s].{0,40}[:\uff1a]$)")
_TICKED = re.compile(r"[-*+]\s+\[[xX]\]")
_ASIDE = re.compile(
    r"environment|version|desktop|smartphone|platform|checklist|preflight|prerequisite|before you|code of conduct"
    r"|screenshots?|logs?\b|additional|related|links?\b|references?|system info|browser|device|setup info|terms"
    r"|deployment (?:type|method)|installation (?:type|method)|installed via|operating system|hosting|severity"
    r"|環境|バージョン|スクリーンショット|参考|その他|補足|関連|チェックリスト|備考",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    r"[-*|\s]*(?:os|browser|node|npm|python|ruby|version|device|platform|chrome|docker)\b[^:|]{0,20}[:|]",
    re.IGNORECASE,
)
_PATH = re.compile(r"[\w@.~+-]+(?:[/\\][\w@.~+()\[\]-]+)*", re.ASCII)
_FILE_NAME = re.compile(
    r"[^\W.][\w@+-]*(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,9}$|(?i:dockerfile|makefile|gemfile|rakefile)$"
)
_SEPARATOR = re.compile(r"[/\\]")
_LEAD_WORDS = 60
_SHORTEST_NAME, _LONGEST_PATH = 4, 300


class Zone(Frozen):
    """One part of a body: what it is and its text, comments and URLs taken out."""

    kind: ZoneKind
    text: str


class Fence(Frozen):
    """A fenced block: its language as written, casefolded, or empty; and the lines in it."""

    language: str
    text: str


class Markdown(Frozen):
    """An issue's body in parts; `paths` are those named anywhere in it, in order, each once."""

    zones: tuple[Zone, ...] = ()
    fences: tuple[Fence, ...] = ()
    paths: tuple[str, ...] = ()


class _Reader:
    def __init__(self) -> None:
        self.zones: list[Zone] = []
        self.fences: list[Fence] = []
        self._aside = False
        self._lead_left = _LEAD_WORDS
        self._close = ""
        self._language = ""
        self._block: list[str] = []

    def take(self, line: str) -> None:
        stripped = line.strip()
        if self._close:
            self._take_code(line, stripped)
        elif opened := _FENCE.match(line):
            self._close, self._language = opened[1], opened[2].casefold()
        elif stripped and not _TICKED.match(stripped):
            self._take_prose(stripped)

    def _take_code(self, line: str, stripped: str) -> None:
        if stripped.startswith(self._close) and not stripped.strip(self._close[0]):
            self.end()
        else:
            self._block.append(line)

    def _take_prose(self, line: str) -> None:
        if _HEADING.match(line):
            self._aside = bool(_ASIDE.search(line))
            self.zones.append(Zone(kind="aside" if self._aside else "heading", text=line.strip("#* ")))
        elif self._aside or _PROPERTY.match(line):
            self.zones.append(Zone(kind="aside", text=line))
        elif self._lead_left > 0:
            self._lead_left -= max(len(line.split()), len(line) // 4 if not line.isascii() else 0)
            self.zones.append(Zone(kind="lead", text=line))
        else:
            self.zones.append(Zone(kind="prose", text=line))

    def end(self) -> None:
        if self._close:
            text = "\n".join(self._block)
            self.fences.append(Fence(language=self._language, text=text))
            self.zones.append(Zone(kind="code", text=text))
        self._close, self._language, self._block = "", "", []


def read_markdown(body: str) -> Markdown:
    """Cut a body into zones, fences and paths. Never fails; linear in the length of the body."""
    clean = _URL.sub(" ", _COMMENT.sub(" ", body))
    reader = _Reader()
    for line in clean.splitlines():
        reader.take(line)
    reader.end()
    return Markdown(zones=_joined(reader.zones), fences=tuple(reader.fences), paths=find_paths(clean))


def _joined(zones: list[Zone]) -> tuple[Zone, ...]:
    texts: dict[ZoneKind, list[str]] = {}
    for zone in zones:
        texts.setdefault(zone.kind, []).append(zone.text)
    return tuple(Zone(kind=kind, text="\n".join(lines)) for kind, lines in texts.items())


def find_paths(text: str) -> tuple[str, ...]:
    """The file paths and file names in a text (`src/app.py`, `app.py`), with `/`, in order, each once."""
    found: dict[str, None] = {}
    for match in _PATH.finditer(text):
        raw = match[0].rstrip(".,")
        if len(raw) > _LONGEST_PATH:
            continue
        name = _SEPARATOR.split(raw)[-1]
        if (_FILE_NAME.match(name) and len(name) >= _SHORTEST_NAME) or (
            _SEPARATOR.search(raw) and raw.startswith((".", "src"))
        ):
            found.setdefault(raw.replace("\\", "/").removeprefix("./"))
    return tuple(found)
