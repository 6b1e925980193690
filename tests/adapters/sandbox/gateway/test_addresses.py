"""Which addresses a listed service may have."""

import psutil
import pytest

from adapters.sandbox.gateway.addresses import why_refused

_NOT_PUBLIC = (
    *("127.0.0.1", "127.77.0.1", "10.0.0.5", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200"),
    *("198.18.0.1", "::1", "fd00:ec2::254", "fc00::1", "::ffff:10.0.0.5", "::ffff:127.0.0.1", "64:ff9b::a00:5"),
    *("2002:a00:5::1", "192.0.2.1", "2001:db8::1"),
)
_NEVER = (
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("0.0.0.0", "::", "224.0.0.1", "239.255.255.250", "ff02::1", "255.255.255.255", "240.0.0.1", "fec0::1"),
)


@pytest.mark.parametrize("address", ["8.8.8.8", "140.82.112.3", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public(address: str) -> None:
    """Addresses of the internet are let through."""
    assert why_refused(address, private=False) is None


@pytest.mark.parametrize("address", _NOT_PUBLIC)
def test_not_public(address: str) -> None:
    """Loopback, own and carriers' networks, and what leads there, are let through only by the operator."""
    assert why_refused(address, private=False) == "no public address"
    assert why_refused(address, private=True) is None


@pytest.mark.parametrize("address", _NEVER)
def test_never(address: str) -> None:
    """A single link, where clouds hand out keys, groups and nobody: not even the operator lets them through."""
    assert why_refused(address, private=False) == "an address that is never let through"
    assert why_refused(address, private=True) == "an address that is never let through"


def test_every_address_of_this_machine() -> None:
    """Whatever addresses this machine has, public ones too, none is let through."""
    own = {one.address for some in psutil.net_if_addrs().values() for one in some if one.family.name != "AF_PACKET"}
    assert own
    assert {address for address in own if why_refused(address, private=False) is None} == set()
