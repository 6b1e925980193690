"""Symbolic links that lead, or may lead, out of the repository."""

import posixpath


def leads_out(path: str, target: str | None) -> bool:
    """Whether a link's target lies outside the checkout or in `.git`; what is not known counts as outside.

    A target that goes up after it went down may pass through another link, and end anywhere.
    """
    if target is None:
        return True
    parts = [part for part in target.split("/") if part not in {"", "."}]
    downs = [place for place, part in enumerate(parts) if part != ".."]
    winds = bool(downs) and ".." in parts[downs[0] :]
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)).split("/")
    inner = any(part.lower() in {".git", "git~1"} for part in (*reached, *parts))
    return target.startswith(("/", "\\", "~")) or ":" in target or reached[0] == ".." or inner or winds
