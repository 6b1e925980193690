"""What a node says, on standard error."""

import logging


def speak(level: str) -> None:
    """Write what the cluster's own modules log; Prefect keeps the root logger for itself."""
    ours = logging.getLogger("cluster")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    ours.addHandler(handler)
    ours.setLevel(level)
    ours.propagate = False
