"""Which addresses a service may have: a name can be made to stand for any machine, at any moment."""

import ipaddress
from collections.abc import Iterator

import psutil

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052, section 2.1: addresses behind a translator.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_LOW_WORD = 0xFFFFFFFF


def why_refused(address: str, *, private: bool) -> str | None:
    """What speaks against connecting to an address, as the end of "... is"; None if nothing does.

    Refused are all that are not public, this machine's own among them; with `private` only those that no
    service of the own network has: those of a single link, where clouds hand out keys, of groups and of nobody.
    """
    every = tuple(_meant(ipaddress.ip_address(address.partition("%")[0])))
    if any(_of_no_service(one) for one in every):
        return "an address that is never let through"
    if private:
        return None
    if not all(one.is_global for one in every):
        return "no public address"
    return "an address of this machine" if any(str(one) in _own() for one in every) else None


def _meant(address: _Address) -> Iterator[_Address]:
    """The address, and the IPv4 address that it carries or is led to."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        carried = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
        yield from (one for one in carried if one)
        if address in _TRANSLATED:
            yield ipaddress.IPv4Address(int(address) & _LOW_WORD)


def _of_no_service(address: _Address) -> bool:
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    nobody = address.is_unspecified or address.is_multicast or (address.version == 4 and address.is_reserved)  # noqa: PLR2004
    return address.is_link_local or site_local or nobody


def _own() -> set[str]:
    return {one.address.partition("%")[0] for some in psutil.net_if_addrs().values() for one in some}
