"""Which sandbox a machine gets."""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox import Bubblewrap, Unconfined, choose_sandbox
from adapters.sandbox import choose as module
from domain.command import Place
from domain.errors import SandboxUnavailable


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    module.find_program.cache_clear()
    yield
    module.find_program.cache_clear()


def _fake(folder: Path, script: str) -> Path:
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_auto_is_bubblewrap(bubblewrap: Bubblewrap) -> None:
    """Where bubblewrap works it is taken, and it says which one it is."""
    chosen = choose_sandbox("auto")
    assert isinstance(chosen, Bubblewrap)
    assert re.fullmatch(r"bubblewrap [\d.]+ \((wheel|system)\)", chosen.describe())


async def test_system_program_without_namespaces_is_passed_over(
    bubblewrap: Bubblewrap, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bubblewrap that can't confine is not used, even if it is the system's."""
    _fake(tmp_path, '[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit; echo "bwrap: no permission" >&2; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    chosen = choose_sandbox("auto")
    assert chosen.describe() == bubblewrap.describe()
    assert (await chosen.run(place, "echo works", 20, {})).output == "works\n"


def test_pretended_sandbox_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that runs commands without confining them fails the probe."""
    _fake(tmp_path, '[ "$1" = --version ] && echo bubblewrap 9 && exit; shift 3; exec "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(module, "_wheel", lambda: None)
    with pytest.raises(SandboxUnavailable) as refused:
        choose_sandbox("auto")
    assert f"{tmp_path}/bwrap: commands were not confined" in refused.value.reason


def test_nothing_found_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any sandbox the run is refused, and the three ways out are named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_wheel", lambda: None)
    with pytest.raises(SandboxUnavailable) as refused:
        choose_sandbox("auto")
    assert refused.value.reason == "no sandbox works here (bubblewrap was not found)"
    assert "apt install bubblewrap" in refused.value.remedy
    assert "claude-cluster-sandbox -- " in refused.value.remedy
    assert "CLAUDE_CLUSTER_SANDBOX=none" in refused.value.remedy


def test_none_only_when_asked_for() -> None:
    """No isolation is a choice in so many words, and it says what it is."""
    chosen = choose_sandbox("none")
    assert isinstance(chosen, Unconfined)
    assert chosen.describe() == "none: commands run on this machine without isolation"


def test_container_without_a_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no helper listens it is refused in one line that says how to start one, never replaced by another."""
    monkeypatch.setenv("CLAUDE_CLUSTER_SANDBOX_SOCKET", str(tmp_path / "socket"))
    with pytest.raises(SandboxUnavailable) as refused:
        choose_sandbox("container")
    assert f"no helper of the sandbox `container` is at {tmp_path}/socket: No such file or directory" in str(
        refused.value
    )
    assert "`claude-cluster-sandbox -- claude-cluster-distributed start-node ...`" in refused.value.remedy


def test_a_helper_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket of another user's is not connected to: what it serves is not for us."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    (tmp_path / "socket").touch()
    os.chown(tmp_path / "socket", 4_711, 4_711)
    monkeypatch.setenv("CLAUDE_CLUSTER_SANDBOX_SOCKET", str(tmp_path / "socket"))
    with pytest.raises(SandboxUnavailable, match="the sandbox's helper serves user 4711, and this is user 0"):
        choose_sandbox("container")


def test_auto_without_bubblewrap_asks_the_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where bubblewrap can't run and a socket is there, its helper is what must answer."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_wheel", lambda: None)
    place = tmp_path / "socket"
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as deaf:
        deaf.bind(str(place))
        monkeypatch.setenv("CLAUDE_CLUSTER_SANDBOX_SOCKET", str(place))
        with pytest.raises(SandboxUnavailable, match="no helper of the sandbox `container` answers"):
            choose_sandbox("auto")
        with pytest.raises(SandboxUnavailable, match="bubblewrap was not found"):
            choose_sandbox("bubblewrap")
