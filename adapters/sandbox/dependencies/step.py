"""One command of an installation."""

from domain.frozen import Frozen


class Step(Frozen):
    """A shell line that runs at /workspace with /env writable and the network on.

    When it fails, `otherwise` runs in its place, line after line; when that fails too, or is empty, the
    installation fails if the step is `required`, and goes on with a note in the log if not.
    """

    command: str
    otherwise: tuple[str, ...] = ()
    required: bool = True
