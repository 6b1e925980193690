"""The Docker engine, asked over its own socket: its program need not be installed."""

import os
import re
from pathlib import Path

import httpx

from cluster.checkup.asked import Asked
from cluster.checkup.finding import Finding

OLDEST = (20, 10)
_SECONDS = 10
_SOCKET = "unix:///var/run/docker.sock"


def check_engine(asked: Asked) -> Finding | None:
    """Whether one answers that is new enough; None where the cluster's type is not docker."""
    if asked.kind != "docker":
        return None
    where = os.environ.get("DOCKER_HOST") or _SOCKET
    try:
        version = _version(where)
    except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
        words = f"no engine answers at {where} ({str(error) or type(error).__name__})"
        remedy = "start Docker and let this user use it, or take --type process"
        return Finding(check="Docker", verdict="failed", result=words, remedy=remedy)
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers < OLDEST:
        return Finding(
            check="Docker", verdict="failed", result=f"{version} is too old", remedy="install Docker 20.10 or newer"
        )
    return Finding(check="Docker", verdict="ok", result=f"{version} ({where})")


def _version(where: str) -> str:
    scheme, _, rest = where.partition("://")
    if scheme == "unix":
        if not Path(rest).exists():
            raise FileNotFoundError("its socket is not there")
        client = httpx.Client(transport=httpx.HTTPTransport(uds=rest), base_url="http://docker", timeout=_SECONDS)
    else:
        client = httpx.Client(base_url=f"http://{rest}", timeout=_SECONDS)
    with client:
        return str(client.get("/version").raise_for_status().json()["Version"])
