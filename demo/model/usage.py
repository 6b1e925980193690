"""Token counts: estimated, with the prompt cache as the API would count it."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo.model.request import Request, blocks_of

_LETTERS_A_TOKEN = 3.6
_OVERHEAD = 4
_FIRST_WIDE = 0x2E80
_MIN_CACHED = 1024
_TTL_S = {"5m": 300.0, "1h": 3600.0}


def tokens_of(value: Any) -> int:
    """About how many tokens a text, or the JSON of a value, is: 3.6 Latin letters each, one each beyond."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    wide = sum(ord(letter) >= _FIRST_WIDE for letter in text)
    return max(round((len(text) - wide) / _LETTERS_A_TOKEN) + wide, 1) if text else 0


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; `input` is what was neither read from nor written to the cache."""

    input: int
    cache_read: int
    cache_write: int
    ttl: str

    def shape(self, output: int) -> dict[str, Any]:
        """The API's `usage`."""
        written = {f"ephemeral_{ttl}_input_tokens": self.cache_write if ttl == self.ttl else 0 for ttl in _TTL_S}
        return {
            "input_tokens": self.input,
            "cache_creation_input_tokens": self.cache_write,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation": written,
            "output_tokens": output,
            "service_tier": "standard",
        }


@dataclass(frozen=True)
class _Segment:
    digest: str
    tokens: int
    ttl: str | None


def _segments(request: Request) -> Iterator[_Segment]:
    digest = hashlib.sha256(str(request.raw["model"]).encode())
    for value in _parts(request):
        bare, ttl = _bare(value)
        digest.update(json.dumps(bare, ensure_ascii=False).encode())
        yield _Segment(digest.hexdigest(), tokens_of(bare) + _OVERHEAD, ttl)


def _parts(request: Request) -> Iterator[Any]:
    yield from request.raw.get("tools") or ()
    system = request.raw.get("system") or ()
    yield from (system,) if isinstance(system, str) else system
    for message in request.messages:
        for block in blocks_of(message):
            yield {"role": message["role"], **block}


def _bare(value: Any) -> tuple[Any, str | None]:
    if not isinstance(value, dict) or not value.get("cache_control"):
        return value, None
    rest = {key: inner for key, inner in value.items() if key != "cache_control"}
    return rest, value["cache_control"].get("ttl", "5m")


def count(request: Request) -> int:
    """All input tokens of a request."""
    return sum(segment.tokens for segment in _segments(request))


class PromptCache:
    """Which prefixes were sent lately. It decides on figures alone, never on a reply."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def usage(self, request: Request) -> Usage:
        """What a request reads and writes: up to its last breakpoint, from 1,024 tokens on."""
        segments = list(_segments(request))
        total = sum(segment.tokens for segment in segments)
        end, ttl = self._breakpoint(request, segments)
        prefix = segments[:end]
        size = sum(segment.tokens for segment in prefix)
        if size < _MIN_CACHED:
            return Usage(total, 0, 0, ttl)
        read = self._read(prefix, _TTL_S[ttl])
        return Usage(total - size, read, size - read, ttl)

    def _breakpoint(self, request: Request, segments: list[_Segment]) -> tuple[int, str]:
        if control := request.raw.get("cache_control"):
            return len(segments), control.get("ttl", "5m")
        marked = [(number, segment.ttl) for number, segment in enumerate(segments, 1) if segment.ttl]
        return (marked[-1][0], marked[-1][1] or "5m") if marked else (0, "5m")

    def _read(self, prefix: list[_Segment], ttl_s: float) -> int:
        now, read, sent = time.monotonic(), 0, 0
        with self._lock:
            for segment in prefix:
                sent += segment.tokens
                if self._until.get(segment.digest, 0.0) > now and sent >= _MIN_CACHED:
                    read = sent
                self._until[segment.digest] = now + ttl_s
        return read
