"""Who may ask for work: those who may write to the repository, and those who are listed."""

from domain.delivery import Actor
from domain.errors import PermissionDenied
from domain.ports import Actors


class Entitlement:
    """Asks the forge about the *actor*; what an event says of authors (`author_association`) proves nothing.

    `allowed` are lower-case logins that need no right.
    """

    def __init__(self, actors: Actors, allowed: frozenset[str]) -> None:
        self._actors = actors
        self._allowed = allowed

    async def missing(self, repo: str, actor: Actor) -> str | None:
        """Why the actor may not ask for work; None if they may. Raises the `Transient`s of the forge.

        Where our token may not ask, nobody but the listed is entitled.
        """
        if actor.login.lower() in self._allowed:
            return None
        try:
            may = await self._actors.may_write(repo, actor.login)
        except PermissionDenied as refused:
            return f"nobody can be entitled: {refused}"
        return None if may else f"{actor.login} may not write to {repo}"
