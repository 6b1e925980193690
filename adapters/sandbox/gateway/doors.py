"""Where each service that a place may reach is found inside: at an address of its own on the loopback there."""

from collections.abc import Iterable, Iterator

from domain.endpoint import Endpoint
from domain.frozen import Frozen

_NET = "127.77.0"
_LOOPBACK = "127.0.0.1"


class Door(Frozen):
    """One service: `inside` is the IPv4 address that stands for its host there; the port is the same."""

    endpoint: Endpoint
    inside: str


def doors_of(endpoints: Iterable[Endpoint]) -> tuple[Door, ...]:
    """A door for each service, every service once. Hosts that are addresses keep them, and so does `localhost`."""
    unique = tuple(dict.fromkeys(endpoints))
    literal = {one.host for one in unique if one.literal}
    free = (address for number in range(1, 255) if (address := f"{_NET}.{number}") not in literal)
    names = dict.fromkeys(one.host for one in unique if not one.literal)
    inside = {host: _LOOPBACK if host == "localhost" else next(free) for host in names}
    return tuple(Door(endpoint=one, inside=inside.get(one.host, one.host)) for one in unique)


def hosts_lines(doors: Iterable[Door]) -> str:
    """What `/etc/hosts` needs for them."""
    return "".join(dict.fromkeys(_lines(doors)))


def _lines(doors: Iterable[Door]) -> Iterator[str]:
    for door in doors:
        if door.inside not in {door.endpoint.host, _LOOPBACK}:
            yield f"{door.inside} {door.endpoint.host}\n"
