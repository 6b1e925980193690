"""The issue as it was frozen when somebody asked for work on it."""

import hashlib
import re
from datetime import datetime
from typing import Literal

from domain.frozen import Frozen

Language = Literal["en", "ja"]

_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_LETTERS = re.compile(r"[^\W\d_]")


class Comment(Frozen):
    """One comment below the issue; `author` is the login."""

    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


class Issue(Frozen):
    """A forge issue: `repo` is `owner/name`, `number` counts from 1, bodies are Markdown as typed."""

    repo: str
    number: int
    title: str
    body: str
    labels: tuple[str, ...] = ()
    author: str = ""
    state: Literal["open", "closed"] = "open"
    locked: bool = False
    comments: tuple[Comment, ...] = ()
    url: str = ""

    @property
    def language(self) -> Language:
        """The language to answer in: Japanese from a fifth of Japanese letters on (code is mostly Latin)."""
        text = f"{self.title}\n{self.body}"
        letters = len(_LETTERS.findall(text))
        japanese = len(_JAPANESE.findall(text))
        in_title = len(_JAPANESE.findall(self.title)) * 4 >= max(len(_LETTERS.findall(self.title)), 1)
        return "ja" if japanese and (japanese * 5 >= letters or in_title) else "en"

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the work depends on: title, body and the comments' text."""
        parts = [self.title, self.body, *(comment.body for comment in self.comments)]
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
