"""Attempts to talk to anything outside."""

import contextlib
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest

Inside = Callable[..., Awaitable[str]]


@pytest.fixture
def server() -> Iterator[int]:
    """A server on this machine's loopback, as Prefect's and the ledger's are; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


async def test_servers_of_this_machine(python_inside: Inside, server: int) -> None:
    """Neither by its loopback address, nor by its other addresses, nor by its name is one reached."""
    hosts = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost", "::1", socket.gethostname(), *_addresses()]
    program = f"""
import socket
for host in {hosts!r}:
    try:
        socket.create_connection((host, {server}), 2)
        print("reached", host)
    except OSError:
        pass
"""
    assert await python_inside(program) == ""
    with socket.create_connection(("127.0.0.1", server), 2):
        pass


def _addresses() -> list[str]:
    found = {address[4][0] for address in socket.getaddrinfo("localhost", None)}
    for addresses in psutil.net_if_addrs().values():
        found |= {one.address for one in addresses if one.family in (socket.AF_INET, socket.AF_INET6)}
    return sorted(map(str, found))


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254:80", "[fd00:ec2::254]:80", "100.100.100.200:80", "1.1.1.1:443", "10.0.0.1:22", "192.168.0.1:80"],
)
async def test_addresses_beyond(python_inside: Inside, address: str) -> None:
    """The metadata service of clouds, the local network and the internet have no route."""
    host, port = address.rsplit(":", 1)
    program = f"import socket\nsocket.create_connection(({host.strip('[]')!r}, {port}), 2)\nprint('reached')"
    told = await python_inside(program)
    assert "reached" not in told
    assert "Network is unreachable" in told or "Cannot assign" in told


async def test_datagrams(python_inside: Inside) -> None:
    """Nothing can be sent without a connection either."""
    program = """
import socket
for family, host in ((socket.AF_INET, "1.1.1.1"), (socket.AF_INET, "255.255.255.255"), (socket.AF_INET6, "ff02::1")):
    sender = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.sendto(b"x", (host, 53))
        print("sent", host)
    except OSError:
        pass
"""
    assert await python_inside(program) == ""


async def test_names_are_not_resolved(inside: Inside) -> None:
    """There is no resolver: a name can't carry anything out."""
    told = await inside("getent hosts example.org secret.example.org; getent ahosts example.org; cat /etc/resolv.conf")
    assert "example.org" not in told
    assert "nameserver" not in told


async def test_interfaces(inside: Inside) -> None:
    """Only a loopback of its own is there, and no interface or route can be added."""
    command = (
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | wc -l; ip link add d type dummy"
    )
    told = (await inside(f"({command}) 2>/dev/null")).split()
    assert told in (["lo", "1"], ["lo", "0"])


async def test_abstract_sockets_of_this_machine(python_inside: Inside) -> None:
    """Sockets without a file, as desktops use them for X11 and the message bus, belong to the network namespace."""
    name = f"\0claude-cluster-test-{os.getpid()}"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(name)
        listening.listen()
        told = await python_inside(f"import socket\nsocket.socket(socket.AF_UNIX).connect({name!r})\nprint('reached')")
        own = await python_inside("print(open('/proc/net/unix').read().count('@'))")
    assert "Connection refused" in told
    assert own == "0\n"


async def test_sockets_of_services(inside: Inside, isolated: Path) -> None:
    """No socket of Docker, the message bus, X11 or an agent is shown, and no variable names one."""
    agent = isolated / "agent.sock"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(agent))
        sockets = "find / -xdev -type s 2>/dev/null; ls /var/run /run/docker.sock /run/dbus /tmp/.X11-unix 2>/dev/null"
        assert await inside(f"{sockets}; ls {agent} 2>/dev/null") == ""
    assert await inside("env | grep -cE 'SSH_|DBUS_|DISPLAY|DOCKER|XDG_|GPG_'") == "0\n"


async def test_a_server_inside_is_not_reached_from_outside(inside: Inside) -> None:
    """Nobody out here can talk to a port that a command opens: it is another loopback."""
    seen: list[bool] = []

    def knock() -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 38457), 1):
            seen.append(True)

    timer = threading.Timer(0.7, knock)
    timer.start()
    told = await inside("timeout 1.5 python3 -m http.server 38457 --bind 127.0.0.1; echo ended")
    timer.join()
    assert told.endswith("ended\n")
    assert seen == []
