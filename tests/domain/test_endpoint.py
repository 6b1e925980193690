"""Services by their host and port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.endpoint import Endpoint, endpoint_of

_LONG = ".".join(["a" * 63] * 4)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("db.example.com:5432", "db.example.com", 5432),
        (" DB.Example.com:5432 ", "db.example.com", 5432),
        ("localhost:80", "localhost", 80),
        ("xn--bcher-kva.example:443", "xn--bcher-kva.example", 443),
        ("_srv.my_host:65535", "_srv.my_host", 65535),
        ("93.184.216.34:443", "93.184.216.34", 443),
    ],
)
def test_hosts_and_ports(text: str, host: str, port: int) -> None:
    """Names of any depth, and IPv4 addresses; the case of letters does not count."""
    assert endpoint_of(text) == Endpoint(host=host, port=port)
    assert str(endpoint_of(text)) == f"{host}:{port}"


@pytest.mark.parametrize(
    "text",
    [
        *("*:443", "*.example.com:443", "*", "", ":", ":80", "host", "host:", "host:0", "host:65536", "host:080"),
        *("host:-1", "host:+1", "host:1e3", "host:http", "host:\u0661", "host:80:80", "https://host:443", "host:443/x"),
        *("user@host:80", "[::1]:80", "::1:80", "10.0.0.0/8:80", "10.0.0.1-20:80", "10.0.0:80", "127.1:80"),
        *("0x7f000001:80", "2130706433:80", "010.0.0.1:80", "256.1.1.1:80", "a b:80", "a\nb:80", "a..b:80", ".a:80"),
        *("a.:80", "-a:80", "a-:80", "b\u00fccher.example:80", "host\0:80", f"{_LONG}:80", "a;b:80", "$(id):80"),
        80,
        None,
        ["host:80"],
    ],
)
def test_anything_else(text: object) -> None:
    """Patterns, ranges, pages, numbers in disguise and text that could break out of a file are refused."""
    with pytest.raises(ValueError, match=r"^should be a host's name and a port, such as db.example.com:5432"):
        endpoint_of(text)


@given(st.text(max_size=40))
def test_what_is_taken_is_safe(text: str) -> None:
    """Whatever is taken holds only what a line of /etc/hosts may hold."""
    try:
        made = endpoint_of(text)
    except ValueError:
        return
    assert isinstance(made, Endpoint)
    assert set(made.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-._")
    assert 1 <= made.port <= 65_535
