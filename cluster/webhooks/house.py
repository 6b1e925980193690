"""Who and what this installation knows without asking anybody."""

from agents.specialist import load_specialists
from domain.delivery import Actor
from domain.frozen import Frozen
from domain.settings import Settings


class House(Frozen):
    """What is known without asking: names and aliases of specialists, logins that may trigger, all in lower case.

    `ours` is our own login; empty until it is known.
    """

    specialties: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    ours: str = ""

    def may_not_label(self, actor: Actor) -> str | None:
        """Why labels of this actor ask for nothing, whatever they may do. We set none that ask for work ourselves."""
        login = actor.login.lower()
        bot = actor.bot or login.endswith("[bot]")
        return f"{actor.login} is a bot" if bot and login not in self.allowed else None

    def may_not_say(self, actor: Actor) -> str | None:
        """Why comments of this actor ask for nothing, whatever they may do."""
        return "it is our own" if actor.login.lower() == self.ours else self.may_not_label(actor)


def house_of(settings: Settings) -> House:
    """The built-in specialists, and the logins of CLAUDE_CLUSTER_ALLOWED_LOGINS."""
    names = {name.lower() for one in load_specialists() for name in (one.name, *one.aliases)}
    allowed = frozenset(login.lower() for login in settings.allowed_logins)
    return House(specialties=frozenset(names), allowed=allowed)
