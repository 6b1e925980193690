"""Attempts to talk to anything outside."""

import contextlib
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

Inside = Callable[..., Awaitable[str]]
# What only mounts and namespaces of their own give; what users and groups alone do not; where paths are real.
MOUNTED = pytest.mark.parametrize("box", ["bubblewrap"], indirect=True)
SHUT = pytest.mark.parametrize("box", ["bubblewrap", "container"], indirect=True)
UNMOUNTED = pytest.mark.parametrize("box", ["container", "walls"], indirect=True)


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
    assert "Network is unreachable" in told or "Cannot assign" in told or "not permitted" in told


async def test_datagrams(python_inside: Inside) -> None:
    """Nothing can be sent without a connection either."""
    program = """
import socket
for family, host in ((socket.AF_INET, "1.1.1.1"), (socket.AF_INET, "255.255.255.255"), (socket.AF_INET6, "ff02::1")):
    try:
        sender = socket.socket(family, socket.SOCK_DGRAM)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.sendto(b"x", (host, 53))
        print("sent", host)
    except OSError:
        pass
"""
    assert await python_inside(program) == ""


@SHUT
async def test_names_are_not_resolved(inside: Inside) -> None:
    """There is no resolver: a name can't carry anything out."""
    told = await inside("getent hosts example.org secret.example.org; getent ahosts example.org; cat /etc/resolv.conf")
    assert "example.org" not in told
    assert "nameserver" not in told


@MOUNTED
async def test_interfaces(inside: Inside) -> None:
    """Only a loopback of its own is there, and no interface or route can be added."""
    command = (
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | wc -l; ip link add d type dummy"
    )
    told = (await inside(f"({command}) 2>/dev/null")).split()
    assert told in (["lo", "1"], ["lo", "0"])


@SHUT
async def test_abstract_sockets_of_this_machine(python_inside: Inside) -> None:
    """Sockets without a file, as desktops use them for X11 and the message bus, belong to the network namespace."""
    name = f"\0claude-cluster-test-{os.getpid()}"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(name)
        listening.listen()
        told = await python_inside(f"import socket\nsocket.socket(socket.AF_UNIX).connect({name!r})\nprint('reached')")
    assert "Connection refused" in told or "not permitted" in told


@MOUNTED
async def test_list_of_abstract_sockets(python_inside: Inside) -> None:
    """None of them is even seen."""
    assert await python_inside("print(open('/proc/net/unix').read().count('@'))") == "0\n"


@MOUNTED
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


@UNMOUNTED
async def test_sockets_with_a_file(python_inside: Inside, helper: Any, isolated: Path) -> None:
    """Neither the helper's own socket, nor one of the worker's, nor Docker's takes a connection."""
    ours = isolated / "agent.sock"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(ours))
        listening.listen()
        ours.chmod(0o777)
        program = f"""
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    for path in ({str(ours)!r}, {str(helper.socket)!r}, "/run/docker.sock", "/run/dbus/system_bus_socket"):
        try:
            socket.socket(socket.AF_UNIX, kind).connect(path)
            print("reached", path)
        except OSError as error:
            pass
print("tried")
"""
        assert await python_inside(program) == "tried\n"


@UNMOUNTED
@pytest.mark.parametrize(
    "family", ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_BLUETOOTH", "AF_ALG"]
)
async def test_families_of_sockets(python_inside: Inside, family: str) -> None:
    """Only local sockets can be made: not even this container's loopback is there."""
    program = f"""
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
    try:
        socket.socket(socket.{family}, kind)
        print("made")
    except PermissionError:
        pass
a, b = socket.socketpair()
a.send(b"local")
print(b.recv(9).decode())
"""
    assert await python_inside(program) == "local\n"
