"""A part of a task that another specialist does, in one line."""

from collections.abc import Mapping
from typing import Any

_LONGEST = 120


def share_line(share: Mapping[str, Any]) -> str:
    """Of a share as programs read it: number, who and where, which paths, what has become of it, and its cost."""
    where = f" on {share['node']}" if share["node"] else ""
    state = str(share["state"]).replace("_", " ")
    why = f" ({share['reason']})" if share["reason"] else ""
    paths = ", ".join(share["paths"])
    return f"{share['number']}: {share['agent']}{where}, {paths[:_LONGEST]}: {state}{why}, ${share['cost_usd']:.2f}"
