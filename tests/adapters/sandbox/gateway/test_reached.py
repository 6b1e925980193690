"""Services that are listed are reached from inside, by any client."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox import Bounds, Bubblewrap, Unconfined
from adapters.sandbox.choose import find_program
from domain.command import CommandResult, NetworkUse, Place
from domain.endpoint import Endpoint

Inside = Callable[..., Awaitable[CommandResult]]
_BASH = "exec 3<>/dev/tcp/db.test/{port}; head -n 1 <&3; echo 'over there' >&3; head -n 1 <&3"
_PYTHON = """
import socket
with socket.create_connection(("db.test", {port}), 20) as line:
    line.sendall(b"over there\\n")
    line.shutdown(socket.SHUT_WR)
    print(b"".join(iter(lambda: line.recv(4096), b"")).decode(), end="")
"""
_NODE = """
const line = require("net").connect({{host: "db.test", port: {port}}});
line.on("data", (data) => process.stdout.write(data));
line.end("over there\\n");
"""
_PROGRAMS = {"bash": _BASH, "python3": f"python3 -c '{_PYTHON}'", "node": f"node -e '{_NODE}'"}
_HEARD = "hello\nover there\n"


@pytest.mark.parametrize("program", _PROGRAMS)
async def test_a_listed_service(reaching: Inside, service: Any, names: Any, program: str) -> None:
    """Its name works as anywhere, in both directions, and the end of what is sent arrives as such."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not on this machine")
    listed = [f"db.test:{service.port}"]
    done = await reaching(_PROGRAMS[program].format(port=service.port), listed, names(db_test=["127.0.0.1"]), listed)
    assert (done.output, done.exit_code) == (_HEARD, 0)
    assert done.network == NetworkUse(reach="listed")


async def test_tls_passes_through(
    reaching: Inside, tls_service: Any, names: Any, certificate: Path, place: Place
) -> None:
    """The certificate is the service's own, checked inside for the service's own name."""
    shutil.copy(f"{certificate}.crt", place.workspace / "ca.crt")
    program = f"""
import socket, ssl
trusted = ssl.create_default_context(cafile="ca.crt")
line = socket.create_connection(("db.test", {tls_service.port}), 20)
with trusted.wrap_socket(line, server_hostname="db.test") as line:
    print(line.recv(100).decode(), end="")
"""
    listed = [f"db.test:{tls_service.port}"]
    done = await reaching(f"python3 -c '{program}'", listed, names(db_test=["127.0.0.1"]), listed)
    assert (done.output, done.exit_code) == ("hello\n", 0)


async def test_low_ports_and_addresses(reaching: Inside, names: Any) -> None:
    """Ports below 1024 are served, and hosts that are listed by their address; both lead outside, where nobody is."""
    listed = ["web.test:80", "10.99.0.7:443", "10.99.0.7:53"]
    resolver = names(web_test=["127.0.0.1"], **{"10_99_0_7": ["127.0.0.1"]})
    command = "for to in web.test/80 10.99.0.7/443 10.99.0.7/53; do (exec 3<>/dev/tcp/$to && echo $to); done"
    done = await reaching(command, listed, resolver, listed)
    assert [line for line in done.output.splitlines() if "/" in line][:3] == [
        "web.test/80",
        "10.99.0.7/443",
        "10.99.0.7/53",
    ]
    assert sorted(resolver.asked) == ["10.99.0.7", "10.99.0.7", "web.test"]


async def test_two_services_of_one_host(reaching: Inside, service: Any, names: Any) -> None:
    """A host is one address inside, with all its ports; each name has an address of its own."""
    listed = [f"db.test:{service.port}", "db.test:5432", "other.test:5432"]
    done = await reaching("getent hosts db.test other.test", listed, names())
    assert [line.split() for line in done.output.splitlines()] == [
        ["127.77.0.1", "db.test"],
        ["127.77.0.2", "other.test"],
    ]


async def test_localhost_by_its_own_name(bubblewrap: Bubblewrap, service: Any, place: Place) -> None:
    """A service of this machine that the operator allows is where tests look for it; the real resolver is asked."""
    allowed = (Endpoint(host="localhost", port=service.port),)
    sandbox = Bubblewrap(find_program(), private_hosts=allowed)
    at = place.model_copy(update={"network": allowed})
    done = await sandbox.run(at, f"head -n 1 </dev/tcp/127.0.0.1/{service.port}", 30, {})
    assert done.output == "hello\n"


async def test_the_agents_shell(service: Any, names: Any, place: Place, bubblewrap: Bubblewrap) -> None:
    """The persistent shell reaches it as well, also after it had to start afresh, and says what was refused."""
    allowed = (Endpoint(host="db.test", port=service.port),)
    sandbox = Bubblewrap(find_program(), private_hosts=allowed, resolve=names(db_test=["127.0.0.1"]))
    shell = await sandbox.shell(place.model_copy(update={"network": allowed}))
    try:
        for _ in range(2):
            done = await shell.run(_BASH.format(port=service.port), 30)
            assert (done.output, done.exit_code) == (_HEARD, 0)
            assert (await shell.run("kill -9 $$", 30)).restarted
    finally:
        await shell.close()


async def test_connections_end_with_the_session(reaching: Inside, service: Any, names: Any) -> None:
    """What a command leaves open is closed when it ends."""
    listed = [f"db.test:{service.port}"]
    before = set(Path("/proc/self/fd").iterdir())
    command = f"exec 3<>/dev/tcp/db.test/{service.port}; head -n 1 <&3; sleep 60 <&3 &"
    done = await reaching(command, listed, names(db_test=["127.0.0.1"]), listed)
    assert done.output == "hello\n"
    await asyncio.wait_for(service.ended.wait(), 20)
    assert service.open_now == 0
    for _ in range(100):
        if set(Path("/proc/self/fd").iterdir()) <= before:
            break
        await asyncio.sleep(0.05)
    assert set(Path("/proc/self/fd").iterdir()) <= before


async def test_a_lot_of_data(reaching: Inside, service: Any, names: Any) -> None:
    """Ten megabytes there and back arrive whole."""
    listed = [f"db.test:{service.port}"]
    program = f"""
import hashlib, os, socket, threading
sent, got = os.urandom(10_000_000), hashlib.sha256()
with socket.create_connection(("db.test", {service.port}), 20) as line:
    threading.Thread(target=lambda: (line.sendall(sent), line.shutdown(socket.SHUT_WR))).start()
    line.recv(6, socket.MSG_WAITALL)
    for piece in iter(lambda: line.recv(65536), b""):
        got.update(piece)
print(got.hexdigest() == hashlib.sha256(sent).hexdigest())
"""
    done = await reaching(f"python3 -c '{program}'", listed, names(db_test=["127.0.0.1"]), listed)
    assert done.output == "True\n"


async def test_without_a_sandbox(service: Any, place: Place) -> None:
    """Nothing keeps commands from any host there, and the result says so."""
    at = place.model_copy(update={"network": (Endpoint(host="localhost", port=1),)})
    done = await Unconfined(Bounds()).run(at, f"head -n 1 </dev/tcp/127.0.0.1/{service.port}", 30, {})
    assert (done.output, done.network) == ("hello\n", NetworkUse(reach="any"))
