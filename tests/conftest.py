"""What all tests share: a network gate, a home of their own, no settings from outside."""

import ipaddress
import os
import sys
from pathlib import Path

import pytest

_OUTSIDE = ("GITHUB_", "ANTHROPIC_", "CLAUDE_CLUSTER_", "PREFECT_", "COORDINATOR_", "GIT_")
_LOCAL_NAMES = {"localhost", "", None}


def _refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise PermissionError(f"a test tried to reach {address}: only loopback is open")
    if event == "socket.getaddrinfo" and not _is_loopback(str(args[0]) if args[0] else "localhost"):
        raise PermissionError(f"a test tried to resolve {args[0]}: only loopback is open")


def _is_loopback(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_the_network)


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every test has an empty state folder and current folder, and none of the user's settings."""
    for name in list(os.environ):
        if name.startswith(_OUTSIDE):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CLAUDE_CLUSTER_HOME", str(home / "state"))
    monkeypatch.setenv("PREFECT_HOME", str(home / "prefect"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    return home
