"""The processes of a session that run as another user: counted by us, ended by the helper."""

from adapters.sandbox.container.people import processes_of
from adapters.sandbox.container.tenancy import Tenancy
from adapters.sandbox.usage import Usage


class Tenant:
    """All that runs as the slot's user, whatever it did to its parents, its session or its environment."""

    def __init__(self, uid: int, tenancy: Tenancy) -> None:
        self._uid, self._tenancy = uid, tenancy

    def begun(self) -> None:
        """They were told at their birth to be the first to go."""

    def pids(self) -> tuple[int, ...]:
        """None that we could move or signal."""
        return ()

    def usage(self) -> Usage:
        """What all use now; the first process, which is the shell itself, not counted."""
        found = list(processes_of(self._uid))
        first = min(found, key=lambda one: one.pid, default=None)
        rest = [one for one in found if one is not first]
        return Usage(processes=sum(one.threads for one in rest), memory=sum(one.memory for one in rest))

    def kill_commands(self) -> None:
        """Kill all but the shell, once."""
        self._tenancy.kill_commands()

    def kill(self) -> None:
        """End the session."""
        self._tenancy.close()
