"""Who holds a claim: one process of one machine, told apart from any other for as long as it lives."""

import os
import socket
from pathlib import Path

import psutil

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


def this_process() -> str:
    """`host:pid:start` of the calling process; `start` is in seconds since 1970."""
    return f"{_host()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def lives(holder: str) -> bool:
    """Whether a holder lives, as far as this machine can tell: of other machines only the lease speaks."""
    host, pid, start = holder.rsplit(":", 2)
    if host != _host():
        return True
    try:
        process = psutil.Process(int(pid))
        # In a container nobody may reap what a killed command leaves behind.
        return f"{process.create_time():.2f}" == start and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def told(holder: str) -> str:
    """A holder for people: `process 7 on host`."""
    host, pid, _ = holder.rsplit(":", 2)
    return f"process {pid} on {host.partition('/')[0]}"


def _host() -> str:
    """Name, boot and process namespace: machines made from one image share the name, containers the rest."""
    if not _BOOT.exists():
        return socket.gethostname()
    return f"{socket.gethostname()}/{_BOOT.read_text()[:8]}/{_NAMESPACE.readlink().name.strip('pid:[]')}"
