"""The texts that `locate.jsonl` speaks of, read from the package that holds them.

A row names a file and its lines; here is what becomes of those lines. Nothing of the texts is in the project.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_LONGEST_BODY: Final = 1_500
_CHANGELOG: Final = "debian/changelog"
_SENTENCE: Final = re.compile(r"(?<=[.!?]) +(?=[A-Z])")
_GAPS: Final = re.compile(r"\n(?: *\n)+")
# what a changelog or a patch header adds to the words of whoever made the fix: marks, numbers, links, thanks
_NOISE: Final = {
    "npm": (
        re.compile(r"^[-*] +"),
        re.compile(r"^.*?Thanks .*?! - "),
        re.compile(r"^[0-9a-f]{7,8}: "),
        re.compile(r"^[\U0001f000-\U0001faff\u2600-\u27bf]\ufe0f? *"),
        re.compile(r"^fix(?:es|ed)?:? #\d+:? ", re.IGNORECASE),
        re.compile(r"[\[(]*[^\[\]()]*\]\(https?://[^)]*\)\)?"),
        re.compile(r",? by @\S+ in #\d+"),
        re.compile(r" *\(#\d+\)"),
        re.compile(r"[,;.]* *\b(?:closes|fixes)\b[#\d, ]*$", re.IGNORECASE),
    ),
    "changelog": (
        re.compile(r"^[-*+] +"),
        re.compile(r" *\((?:Closes|LP):[^)]*\)"),
        re.compile(r"(?:\bFix )?\bCVE-\d{4}-\d+:? *"),
        re.compile(r" *\bThanks to .*$"),
    ),
    "patch": (
        re.compile(
            r"^(?:(?:Subject|Description): *|\[(?:PATCH[^\]]*|\d[\d.]*\.x)\] *|Merge commit from fork +\* *"
            r"|(?:Fixed )?CVE-\d{4}-\d+(?: \(\d/\d\))?(?::| --) *)+"
        ),
        re.compile(r" *\((?:[Cc]loses:? *)?#\d+\)"),
        re.compile(r" MIME-Version: .*$"),
    ),
}


def text_of(root: Path, parts: Sequence[str]) -> str:
    """The text that stands in a package below `root`: the first line is its title.

    A part is `FILE:LINES`, lines counted from 1: `debian/patches/one.patch:3-4,6-11`. The first range is the title,
    in Debian's changelog as far as the first sentence goes. Raises OSError when a file is not there.
    """
    pieces: list[str] = []
    for part in parts:
        name, _, ranges = part.rpartition(":")
        lines = (root / name).read_text("utf-8", "replace").split("\n")
        for one in ranges.split(","):
            first, _, last = one.partition("-")
            pieces.append(_piece(name, lines[int(first) - 1 : int(last or first)], first=not pieces))
    title, _, body = "\n".join(pieces).partition("\n")
    body = _GAPS.sub("\n\n", body).strip()
    return f"{title}\n{body[:_LONGEST_BODY]}".strip()


def fingerprint(text: str) -> str:
    """The SHA-256 by which a row knows its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _piece(name: str, lines: Sequence[str], *, first: bool) -> str:
    if name == _CHANGELOG:
        paragraph = _clean(" ".join(line.strip() for line in lines), "changelog")
        return _SENTENCE.sub("\n", paragraph, count=1) if first else paragraph
    if not name.startswith("debian/"):
        return _clean(" ".join(line.strip() for line in lines), "npm")
    if first:
        return _clean(" ".join(line.strip() for line in lines), "patch")
    return "\n".join("" if line.strip() == "." else _clean(line, "patch") for line in lines)


def _clean(line: str, form: str) -> str:
    line = line.strip()
    for noise in _NOISE[form]:
        line = noise.sub("", line).strip()
    return line
