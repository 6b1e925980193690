"""What an assertion asks for: of which value, and how much."""

from enum import IntEnum

from domain.frozen import Frozen


class Strength(IntEnum):
    """How much an assertion asks for; what is not known counts as much, so that nothing is held against it."""

    NOTHING = 0
    PRESENT = 1
    BOUND = 2
    PART = 3
    CLOSE = 4
    EXACT = 5


class Claim(Frozen):
    """One assertion. `subjects` are the values that it looks at, `tokens` all names and literals in it.

    `form` is the same for the same assertion, however it is laid out. `helper` says that it is a call of
    which only the name tells that it asserts; `rough`, that it takes values that are far off. `raises` are
    exceptions, `precise` that their text counts too.
    """

    form: str
    strength: Strength
    subjects: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    helper: bool = False
    rough: bool = False
    raises: frozenset[str] = frozenset()
    precise: bool = False


_ANY_ERROR = frozenset({"Exception", "BaseException", "Error"})


def asks_less(new: Claim, old: Claim) -> bool:
    """Whether `new`, about the same value, would pass where `old` fails; in doubt not."""
    if old.raises and new.raises:
        broader = bool(new.raises & _ANY_ERROR) and not old.raises & _ANY_ERROR
        return broader or new.raises > old.raises or (old.precise and not new.precise and new.raises >= old.raises)
    if not old.subjects & new.subjects or new.strength >= old.strength:
        return False
    # An exact comparison of floating-point numbers is often a mistake; `approx` mends it.
    if new.strength is Strength.CLOSE:
        return new.rough and old.strength is Strength.EXACT
    return new.strength <= Strength.PRESENT or old.strength >= Strength.CLOSE
