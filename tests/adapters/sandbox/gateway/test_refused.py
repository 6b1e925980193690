"""Nothing but what is listed is reached, and that only at addresses that it may have."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.sandbox import Bounds
from domain.command import CommandResult

Inside = Callable[..., Awaitable[CommandResult]]
_KNOCK = "(exec 3<>/dev/tcp/{host}/{port} && head -n 1 <&3) 2>&1"
_ALLOW = "the operator of this node can allow it in CLAUDE_CLUSTER_PRIVATE_TEST_HOSTS"


async def test_what_is_not_listed(reaching: Inside, service: Any, names: Any) -> None:
    """Another port of a listed host, this machine's loopback, other hosts and names: none is reached."""
    listed = ["db.test:5432"]
    hosts = (
        "db.test",
        "127.0.0.1",
        "127.77.0.1",
        "127.77.0.2",
        "localhost",
        "other.test",
        "1.1.1.1",
        "169.254.169.254",
    )
    command = "; ".join(_KNOCK.format(host=host, port=service.port) for host in hosts)
    done = await reaching(command, listed, names(db_test=["127.0.0.1"]), listed)
    assert "hello" not in done.output
    assert (service.connected, done.network.refused if done.network else None) == (0, ())


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "100.64.0.1", "fd00::1"])
async def test_private_addresses(reaching: Inside, service: Any, names: Any, address: str) -> None:
    """A listed name that stands for a machine of the own network leads nowhere, and the output says why."""
    listed = [f"db.test:{service.port}"]
    done = await reaching(_KNOCK.format(host="db.test", port=service.port), listed, names(db_test=[address]))
    told = f"db.test:{service.port} was not reached: {address} is no public address; {_ALLOW}"
    assert (service.connected, done.network.refused if done.network else None) == (0, (told,))
    assert done.output.endswith(f"[{told}]\n")


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"])
async def test_addresses_that_nobody_can_allow(reaching: Inside, service: Any, names: Any, address: str) -> None:
    """Where a cloud hands out keys is not reached even with the operator's word, and no remedy is named."""
    listed = [f"db.test:{service.port}"]
    done = await reaching(_KNOCK.format(host="db.test", port=service.port), listed, names(db_test=[address]), listed)
    told = f"db.test:{service.port} was not reached: {address} is an address that is never let through"
    assert done.network
    assert done.network.refused == (told,)


async def test_the_operators_word_is_for_one_port(reaching: Inside, service: Any, names: Any) -> None:
    """What the operator allows is a host with its port, and counts only if the repository lists it."""
    listed = [f"db.test:{service.port}"]
    knock = _KNOCK.format(host="db.test", port=service.port)
    done = await reaching(knock, listed, names(db_test=["127.0.0.1"]), ["db.test:1", f"other.test:{service.port}"])
    assert (service.connected, "hello" in done.output) == (0, False)
    unlisted = await reaching(knock, ["db.test:1"], names(db_test=["127.0.0.1"]), listed)
    assert (service.connected, "hello" in unlisted.output) == (0, False)


async def test_a_name_that_changes_its_address(reaching: Inside, service: Any, names: Any) -> None:
    """Each connection is looked at anew, so a name can't become another machine after the first look.

    192.88.99.1 is public, and belongs to nobody.
    """
    listed = [f"db.test:{service.port}"]
    changing = names(db_test=["192.88.99.1", "127.0.0.1"])
    knock = _KNOCK.format(host="db.test", port=service.port)
    done = await reaching(f"{knock}; {knock}", listed, changing)
    assert (service.connected, changing.asked) == (0, ["db.test", "db.test"])
    assert done.network
    first, second = done.network.refused
    assert first.startswith(f"db.test:{service.port} was not reached: 192.88.99.1: ")
    assert second == f"db.test:{service.port} was not reached: 127.0.0.1 is no public address; {_ALLOW}"


async def test_a_service_that_is_down(reaching: Inside, names: Any, unused_tcp_port: int) -> None:
    """The system's own words say why a listed service was not reached."""
    listed = [f"db.test:{unused_tcp_port}"]
    knock = _KNOCK.format(host="db.test", port=unused_tcp_port)
    done = await reaching(knock, listed, names(db_test=["127.0.0.1"]), listed)
    assert done.network
    assert done.network.refused == (f"db.test:{unused_tcp_port} was not reached: 127.0.0.1: Connection refused",)


async def test_too_many_connections(reaching: Inside, service: Any, names: Any) -> None:
    """Over the bound a connection is closed at once; the others go on."""
    listed = [f"db.test:{service.port}"]
    program = f"""
import socket
lines = [socket.create_connection(("db.test", {service.port}), 20) for _ in range(3)]
for line in lines:
    try:
        print(line.recv(100) or "closed")
    except ConnectionError:
        print("closed")
"""
    bounds = Bounds(connections=2)
    done = await reaching(f"python3 -c '{program}'", listed, names(db_test=["127.0.0.1"]), listed, bounds)
    assert sorted(done.output.splitlines()[:3]) == ["b'hello\\n'", "b'hello\\n'", "closed"]
    assert done.network
    assert done.network.refused == (f"{listed[0]} was not reached: more than 2 connections at once",)


async def test_too_many_bytes(reaching: Inside, service: Any, names: Any) -> None:
    """Over the bound the connection is cut, and no other is made."""
    listed = [f"db.test:{service.port}"]
    program = f"""
import socket
for size in (3_000_000, 1):
    with socket.create_connection(("db.test", {service.port}), 20) as line:
        got = 0
        try:
            line.sendall(b"x" * size)
            while data := line.recv(65536):
                got += len(data)
        except ConnectionError:
            pass
        print(got < 2_000_000)
"""
    bounds = Bounds(relayed=1_000_000)
    done = await reaching(f"python3 -c '{program}'", listed, names(db_test=["127.0.0.1"]), listed, bounds)
    assert done.output.splitlines()[:2] == ["True", "True"]
    assert (done.network.refused if done.network else None, service.connected) == (
        (f"{listed[0]} was not reached: more than 0.9537 MiB have been sent and received",),
        1,
    )


async def test_the_helper_leaves_nothing_inside(reaching: Inside, names: Any) -> None:
    """No process of ours is seen inside, and the sockets that listen there belong to none of the processes there."""
    listed = ["db.test:5432"]
    look = "for one in /proc/[0-9]*; do cat $one/comm; ls -l $one/fd; done >/tmp/seen 2>/dev/null"
    command = f"{look}; grep -E '^[a-z]+$|socket' /tmp/seen"
    alone = await reaching(command, [], names())
    done = await reaching(command, listed, names(db_test=["127.0.0.1"]))
    assert (done.output, done.output.split()) == (alone.output, ["bwrap", "bash"])
