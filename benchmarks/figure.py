"""One measured figure, and what was hoped for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A median with its unit; `met` is None where there is no goal."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None


def below(name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should be at most `limit`."""
    return Figure(name, value, unit, f"at most {limit:g} {unit}".strip(), value <= limit)
