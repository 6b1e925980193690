"""Who may do what on the forge."""

from dataclasses import dataclass, field
from typing import Literal

Right = Literal["none", "read", "triage", "write", "maintain", "admin"]
Scope = Literal["contents", "issues", "pull_requests"]

_ORDER: tuple[Right, ...] = ("none", "read", "triage", "write", "maintain", "admin")


def allows(held: Right, needed: Right) -> bool:
    """Whether a right includes another."""
    return _ORDER.index(held) >= _ORDER.index(needed)


@dataclass(frozen=True)
class Person:
    """An account; `id` is its database id."""

    id: int
    login: str
    name: str
    bot: bool = False


@dataclass(frozen=True)
class Grant:
    """A token: whose it is, and which scopes it may only read, as a fine-grained token."""

    login: str
    read_only: frozenset[Scope] = frozenset()


@dataclass
class Accounts:
    """People by login, tokens, and rights by repository id and login."""

    people: dict[str, Person] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    rights: dict[int, dict[str, Right]] = field(default_factory=dict)

    def person(self, login: str) -> Person:
        """The account of a login, made when it is first named."""
        known = self.people.get(login.lower())
        if known is None:
            known = Person(583_231 + 17 * len(self.people), login, login, bot=login.endswith("[bot]"))
            self.people[login.lower()] = known
        return known

    def right(self, repository_id: int, login: str, *, private: bool) -> Right:
        """What somebody may do on a repository; everybody may read a public one."""
        return self.rights.get(repository_id, {}).get(login.lower(), "none" if private else "read")
