"""The end of a node's process."""

import os
import threading


def end_within(seconds: float) -> None:
    """End the process by then, whatever is left: Prefect goes on sending its events to a server that is away."""
    timer = threading.Timer(seconds, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
