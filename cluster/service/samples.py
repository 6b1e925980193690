"""The units as `infra/systemd` ships them: `python -m cluster.service.samples FOLDER`."""

import sys
from pathlib import Path

from cluster.service.unit import COORDINATOR, NODE, ONE_PC, Place, unit_text

_PROGRAMS = Path("/opt/claude-cluster/bin")
_ARGUMENTS = {
    COORDINATOR: ("--host", "0.0.0.0"),  # noqa: S104 - other machines come to it
    NODE: ("--specialties", "backend,api,database"),
    ONE_PC: (),
}
_DRAIN_S = {NODE: 25.0}


def samples() -> dict[str, str]:
    """File names and texts, for an installation below /opt/claude-cluster."""
    return {
        f"{role.unit}.service": unit_text(role, Place.of_system(role, _PROGRAMS), arguments, _DRAIN_S.get(role, 0.0))
        for role, arguments in _ARGUMENTS.items()
    }


if __name__ == "__main__":
    for name, text in samples().items():
        Path(sys.argv[1], name).write_text(text, encoding="utf-8")
