"""Long text, cut to what a reader can use."""

import unicodedata


def head_and_tail(text: str, limit: int) -> str:
    """At most `limit` characters of it, half from each end, and how much is missing between them."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def head(text: str, limit: int) -> str:
    """The first `limit` characters, and how much is missing after them."""
    return text if len(text) <= limit else f"{text[:limit]}\n[... {len(text) - limit} characters left out ...]"


def one_line(text: str, limit: int) -> str:
    """One line of at most `limit` characters, without control and format characters."""
    spaced = " ".join(text.split())
    plain = "".join(char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"
