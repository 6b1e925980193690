"""Where nothing is mounted, commands see the real paths; what they are told instead of /workspace and /env."""

import os
import sys
from pathlib import Path

from adapters.sandbox.mounts import ENVIRONMENT, WORKSPACE
from adapters.sandbox.toolchains import program_folders, tool_variables
from domain.command import Place


def real_path(place: Place, inside: str) -> str:
    """The real path of `/workspace/...` and `/env/...`; any other path as it is."""
    for shown, real in ((WORKSPACE, place.workspace), (ENVIRONMENT, place.environment)):
        if real and (inside == shown or inside.startswith(f"{shown}/")):
            return f"{real}{inside.removeprefix(shown)}"
    return inside


def place_variables(place: Place) -> dict[str, str]:
    """PATH, and what makes tools find the environment; git looks for a repository no higher than the workspace."""
    found = {"PATH": _path(place), "GIT_CEILING_DIRECTORIES": str(place.workspace.parent)}
    if place.environment:
        found |= {"NODE_PATH": str(place.environment / "node_modules")}
        found |= tool_variables(place.environment, str(place.environment))
        found |= {"VIRTUAL_ENV": str(place.environment)} if (place.environment / "pyvenv.cfg").is_file() else {}
    return found


def _path(place: Place) -> str:
    own = [place.environment / "bin", place.environment / "node_modules" / ".bin"] if place.environment else []
    ours = Path(sys.base_prefix) / "bin"
    return os.pathsep.join([*map(str, own), "/usr/local/bin", "/usr/bin", "/bin", str(ours), *program_folders()])
