"""One command of an installation."""

import shlex

from domain.frozen import Frozen


class Step(Frozen):
    """A shell line that runs in `folder` of /workspace with /env writable and the network on.

    When it fails, each line of `otherwise` is tried in its place until one goes well; when none does, the
    installation fails if the step is `required`, and goes on with a note in the log if not.
    """

    command: str
    otherwise: tuple[str, ...] = ()
    required: bool = True

    def within(self, folder: str) -> "Step":
        """The same step, in a folder (relative; empty is the root)."""
        if not folder:
            return self
        there = f"cd {shlex.quote(folder)} && "
        otherwise = tuple(there + line for line in self.otherwise)
        return self.model_copy(update={"command": there + self.command, "otherwise": otherwise})
