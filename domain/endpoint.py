"""A host and a port that somebody has named."""

import re
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

from pydantic import BeforeValidator

from domain.frozen import Frozen

_SHOULD = "should be a host's name and a port, such as db.example.com:5432"
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LONGEST_NAME = 253
_LAST_PORT = 65_535


class Endpoint(Frozen):
    """One TCP service: `host` is a name in lower case (RFC 1123) or an IPv4 address; written `host:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def literal(self) -> IPv4Address | None:
        """The host as an address, where no name stands for it."""
        try:
            return IPv4Address(self.host)
        except AddressValueError:
            return None


def endpoint_of(text: object) -> object:
    """The endpoint that `host:port` names; one that is made already stays.

    Raises:
        ValueError: it is anything else: a pattern, an address of a page, a range, a host without a port. The text
            goes on behind "[tests] network, item 1,".
    """
    if isinstance(text, Endpoint):
        return text
    if not isinstance(text, str):
        raise ValueError(_SHOULD)  # noqa: TRY004 - pydantic tells only these
    host, _, port = text.strip().lower().rpartition(":")
    if "*" in text:
        raise ValueError(f"{_SHOULD}, each host by its full name")
    if "/" in text:
        raise ValueError(f"{_SHOULD}, without a scheme, path or range")
    if ":" in host:
        raise ValueError(f"{_SHOULD}; an IPv6 address needs a name")
    if not _PORT.fullmatch(port) or int(port) > _LAST_PORT:
        raise ValueError(f"{_SHOULD}, with a port from 1 to {_LAST_PORT}")
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        raise ValueError(_SHOULD)
    made = Endpoint(host=host, port=int(port))
    if host.rpartition(".")[2][0].isdigit() and made.literal is None:
        raise ValueError(f"{_SHOULD}; this is neither a name nor an IPv4 address")
    return made


NamedEndpoint = Annotated[Endpoint, BeforeValidator(endpoint_of)]
