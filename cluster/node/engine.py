"""The Docker engine of a node that serves pools of containers: is it there, and what do their containers say?"""

import asyncio
from importlib.metadata import version
from typing import Any

import docker  # type: ignore[import-untyped]
from docker.errors import APIError, ContainerError, DockerException, ImageNotFound  # type: ignore[import-untyped]
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from cluster.checkup.engine import OLDEST
from cluster.node.capabilities import Installed
from domain.errors import ConfigurationError
from domain.node import Capabilities

_POOL_S = 180
_ASK = ["python3", "-P", "-m", "cluster.node.capabilities"]
_FAILED = "Node registration failed:"


async def in_containers(pool: str) -> Capabilities:
    """What a container of the pool's image can do, found out in one that is started as tasks' are.

    Raises:
        ConfigurationError: no engine answers, it is too old, its image is missing or of another version.
    """
    template = await _template(pool)
    properties = template["variables"]["properties"]
    defaults = {name: entry.get("default") for name, entry in properties.items()}
    return await asyncio.to_thread(_asked, defaults)


async def _template(pool: str) -> dict[str, Any]:
    """The pool's; a coordinator that has just begun registers it within a minute."""
    async with get_client() as client:
        for _ in range(_POOL_S):
            try:
                return (await client.read_work_pool(pool)).base_job_template
            except ObjectNotFound:
                await asyncio.sleep(1)
    raise ConfigurationError(f"{_FAILED} the Prefect server has no pool {pool}", "look at the coordinator's log")


def _asked(defaults: dict[str, Any]) -> Capabilities:
    image = str(defaults["image"])
    try:
        engine = docker.from_env()
    except DockerException as error:
        raise ConfigurationError(
            f"{_FAILED} the cluster is of type docker, and no Docker engine answers here ({_words(error)})",
            "install one and let this user use it, or start the coordinator with --type process",
        ) from error
    try:
        _require_age(str(engine.version()["Version"]))
        _have_image(engine, image)
        rights = defaults.get("container_create_kwargs") or {}
        said = engine.containers.run(image, _ASK, remove=True, mem_limit=defaults.get("mem_limit"), **rights)
        told = Installed.model_validate_json(said.strip().splitlines()[-1])
    except (APIError, ContainerError, ValidationError, IndexError) as error:
        raise ConfigurationError(
            f"{_FAILED} a container of {image} does not start ({_words(error)})", f"try: docker run --rm {image}"
        ) from error
    finally:
        engine.close()
    _require_same(image, told)
    return told.capabilities


def _have_image(engine: Any, image: str) -> None:
    try:
        engine.images.get(image)
    except ImageNotFound:
        try:
            engine.images.pull(image)
        except APIError as error:
            raise ConfigurationError(
                f"{_FAILED} the image {image} is not on this machine, nor to be had ({_words(error)})",
                f"build it: docker build -f infra/docker/Dockerfile -t {image} .",
            ) from error


def _require_age(engine: str) -> None:
    if tuple(int(part) for part in engine.split(".")[:2] if part.isdigit()) < OLDEST:
        raise ConfigurationError(
            f"{_FAILED} Docker {engine} is too old", f"install {'.'.join(map(str, OLDEST))} or newer"
        )


def _require_same(image: str, told: Installed) -> None:
    if told.release != version("claude-cluster"):
        raise ConfigurationError(
            f"{_FAILED} the image {image} holds version {told.release}, this node is {version('claude-cluster')}",
            "build the image anew, or install its version here",
        )


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[-200:]
