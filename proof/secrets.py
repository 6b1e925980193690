"""Secrets in what a change adds. A finding says where and of which kind, never the secret."""

import re
from collections.abc import Iterator

from domain.frozen import Frozen
from proof.added_lines import Added, added_lines
from proof.assignments import assigned
from proof.detectors import detected
from proof.secret_shapes import EVERY_SHAPE, EXAMPLE, shape_of

ASSIGNED = "high-entropy value"
_FEW = 8
# Checksums, and files that machines write for machines.
_NOT_WRITTEN = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|poetry\.lock|uv\.lock"
    r"|pdm\.lock|Pipfile\.lock|Cargo\.lock|composer\.lock|Gemfile\.lock|go\.sum|mix\.lock|pubspec\.lock|Package\.resolved"
    r"|gradle\.lockfile|packages\.lock\.json|flake\.lock)$|\.(?:min\.js|min\.css|map|svg|snap)$"
)


class Secret(Frozen):
    """Where something looks like a secret. `sure` is False where it may be any long value."""

    kind: str
    path: str
    line: int
    sure: bool


def find_secrets(diff: str) -> tuple[Secret, ...]:
    """All that the added lines of a git difference hold, one a line and kind, in their order.

    Raises:
        BadWork: the difference can't be read.
    """
    found = {secret: None for added in added_lines(diff) for secret in _in(added)}
    return tuple(sorted(found, key=lambda secret: (secret.path, secret.line)))


def has_secret(text: str) -> bool:
    """Whether a text that is no difference holds a token of a known shape."""
    if any(_real(match.group()) for match in EVERY_SHAPE.finditer(text) if shape_of(match).sure):
        return True
    return any(_real(found.token) for found in detected(text) if found.sure)


def _in(added: Added) -> Iterator[Secret]:
    sure_lines = set()
    for match in EVERY_SHAPE.finditer(added.text):
        if _real(match.group()):
            secret = _at(added, match.start(), shape_of(match).kind, sure=shape_of(match).sure)
            sure_lines.add(secret.line)
            yield secret
    for found in detected(added.text):
        if _real(found.token) and (found.sure or not _NOT_WRITTEN.search(added.path)):
            secret = _at(added, found.offset, found.kind, sure=found.sure)
            sure_lines.add(secret.line)
            yield secret
    if _NOT_WRITTEN.search(added.path):
        return
    for offset in assigned(added.text, added.path):
        secret = _at(added, offset, ASSIGNED, sure=False)
        if secret.line not in sure_lines:
            yield secret


def _real(token: str) -> bool:
    """Whether it is no documentation's example: those say so, or repeat a few characters."""
    return not EXAMPLE.search(token) and len(set(token[4:])) >= _FEW


def _at(added: Added, offset: int, kind: str, *, sure: bool) -> Secret:
    line = added.first + added.text.count("\n", 0, offset)
    return Secret(kind=kind, path=added.path, line=line, sure=sure)
