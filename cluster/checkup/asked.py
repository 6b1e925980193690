"""What setup is asked to look at besides what every machine needs."""

from pathlib import Path
from typing import Literal

from domain.frozen import Frozen


class Asked(Frozen):
    """`role` is what this machine will be in a cluster, `kind` the cluster's type; PEM files of a coordinator's TLS."""

    role: Literal["coordinator", "node"] | None = None
    kind: Literal["process", "docker"] = "process"
    certificate: Path | None = None
    key: Path | None = None
