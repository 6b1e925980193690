"""What a task's container is like in a cluster of type docker: the pool's template, which people can change there."""

from typing import Any

from domain.frozen import Frozen

_NANO = 10**9
_PROCESSES = 8_192
# What the entry point needs to give each sandbox a user of its own; all of them are among Docker's defaults.
RIGHTS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID")


class Containers(Frozen):
    """`memory` as Docker writes it, such as 4g; `cpus` may be a fraction; `network` None is Docker's usual bridge."""

    image: str = "claude-cluster"
    memory: str = "4g"
    cpus: float = 2.0
    network: str | None = None

    def template(self) -> dict[str, Any]:
        """The base job template of prefect-docker with these as its defaults, and a container that leaves nothing."""
        from prefect_docker.worker import DockerWorker  # noqa: PLC0415 - only in clusters of that type

        template: dict[str, Any] = DockerWorker.get_default_base_job_template()
        defaults = {
            "image": self.image,
            "image_pull_policy": "IfNotPresent",
            "auto_remove": True,
            "mem_limit": self.memory,
            "memswap_limit": self.memory,
            "networks": [self.network] if self.network else [],
            "container_create_kwargs": self._rights(),
        }
        for name, value in defaults.items():
            template["variables"]["properties"][name]["default"] = value
        return template

    def _rights(self) -> dict[str, Any]:
        return {
            "user": "root",
            "cap_drop": ["ALL"],
            "cap_add": list(RIGHTS),
            "security_opt": ["no-new-privileges"],
            "nano_cpus": int(self.cpus * _NANO),
            "pids_limit": _PROCESSES,
        }
