"""What a command printed, cut to its head and its tail while it arrives."""

import codecs
import re

# As in ECMA-48, sections 5.4 (CSI) and 5.6 (strings such as OSC); terminals act on them wherever they are printed.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)")
_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Output:
    """Takes bytes in any pieces and keeps at most `head` + `tail` characters of them.

    Invalid UTF-8 and NUL (which neither JSON columns nor terminals take) become U+FFFD. How the bytes
    were cut into pieces never shows in the text. Colours and other orders to a terminal are taken out, and
    control characters but tab and line ends become U+FFFD: the text may be printed anywhere.
    """

    def __init__(self, head: int, tail: int, hint: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._limit_head, self._limit_tail = head, tail
        self._hint = hint
        self._head = ""
        self._tail = ""
        self._characters = 0
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        text = self._decoder.decode(data).replace("\0", "\ufffd")
        self._characters += len(text)
        room = self._limit_head - len(self._head)
        self._head += text[:room]
        self._tail = _last(self._tail + text[room:], self._limit_tail)

    def text(self) -> str:
        """Head and tail, with a line between them that says how much is missing."""
        unfinished = self._decoder.getstate()[0].decode("utf-8", errors="replace")
        room = self._limit_head - len(self._head)
        head = self._head + unfinished[:room]
        tail = _last(self._tail + unfinished[room:], self._limit_tail)
        left_out = self._characters + len(unfinished) - len(head) - len(tail)
        if not left_out:
            return _plain(head + tail)
        return f"{_plain(head)}\n[... {left_out:,} characters left out{self._hint} ...]\n{_plain(tail)}"


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", _SEQUENCE.sub("", text))


def _last(text: str, count: int) -> str:
    return text[max(0, len(text) - count) :]
