"""Reading what the model sent: anything may be missing or of another type."""

from agents.tools.answer import BadCall
from domain.conversation import Block

_TRUE = {"true", "yes", "1"}


def words(given: Block, name: str, default: str | None = None) -> str:
    """A text. Raises `BadCall` if it is missing (and has no default), is none, or cannot be written down."""
    value = given.get(name, default)
    if value is None:
        raise BadCall(f"`{name}` is missing")
    if not isinstance(value, str):
        raise BadCall(f"`{name}` must be a string, not {type(value).__name__}")
    if "\0" in value:
        raise BadCall(f"`{name}` holds a NUL character")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise BadCall(f"`{name}` holds half of a surrogate pair")
    return value


def number(given: Block, name: str) -> int:
    """A whole number; digits in a string will do. Raises `BadCall`."""
    return whole(given.get(name), name)


def whole(value: object, name: str) -> int:
    """The same for a value already taken out."""
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        raise BadCall(f"`{name}` must be a whole number")
    try:
        found = int(value)
    except (ValueError, OverflowError):
        raise BadCall(f"`{name}` must be a whole number") from None
    if isinstance(value, float) and value != found:
        raise BadCall(f"`{name}` must be a whole number")
    return found


def flag(given: Block, name: str) -> bool:
    """Whether something was asked for."""
    value = given.get(name)
    return value.strip().lower() in _TRUE if isinstance(value, str) else value is True
