"""A file as lines of bytes. Only a line feed ends a line, so nothing is lost when they are joined again."""

from agents.tools.answer import CannotDo
from agents.tools.cut import head


def split(data: bytes) -> list[bytes]:
    """The lines with their ends; the last may have none."""
    pieces = data.split(b"\n")
    last = pieces.pop()
    return [piece + b"\n" for piece in pieces] + ([last] if last else [])


def is_crlf(data: bytes) -> bool:
    """Whether every line of the file ends in CRLF."""
    ends = data.count(b"\n")
    return ends > 0 and data.count(b"\r\n") == ends


def with_ends_of(data: bytes, text: bytes) -> bytes:
    """The model writes line feeds; in a file of CRLF lines its text gets CRLF too."""
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if is_crlf(data) else text


def encode(text: str) -> bytes:
    """The bytes of the model's text."""
    return text.encode("utf-8")


def shown(line: bytes, limit: int) -> str:
    """One line as text: what is no UTF-8 or no printable character is written as a Python escape."""
    text = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
    plain = "".join(char if char == "\t" or char.isprintable() else _escaped(char) for char in text)
    return head(plain, limit).replace("\n", " ")


def _escaped(char: str) -> str:
    if char in "\u3000\u00a0":
        return char
    return char.encode("unicode_escape").decode("ascii")


def numbered(lines: list[bytes], first: int, limit: int = 2_000) -> str:
    """Lines with their numbers, `first` being the number of the first."""
    return "\n".join(f"{first + index:6}\t{shown(line, limit)}" for index, line in enumerate(lines))


def around(lines: list[bytes], first: int, last: int) -> str:
    """The lines `first` to `last` (from 1) with three more at each side, at most sixty."""
    begin = max(first - 3, 1)
    end = min(last + 3, len(lines), begin + 59)
    return numbered(lines[begin - 1 : end], begin)


def line_of(data: bytes, position: int) -> int:
    """The number (from 1) of the line that holds the byte at `position`."""
    return data.count(b"\n", 0, position) + 1


def refuse_outside(line: int, lowest: int, total: int, name: str) -> None:
    """Raises `CannotDo` if the file has no such line."""
    if not lowest <= line <= total:
        raise CannotDo(f"`{name}` is {line}, but the file has {total} lines (use {lowest} to {total})")
