"""Flows for the tests of a node: what they did stands in a file."""

import asyncio
import json
import os
import random
import threading
import time
from pathlib import Path

from prefect import flow

WORDS = "first"


@flow(name="node-trial", persist_result=False)
async def node_trial(told: str, seconds: float = 0.0, child: bool = False) -> None:
    """Say what this process is, start a child that would outlive it, and rest."""
    helper = await asyncio.create_subprocess_exec("sleep", "600", start_new_session=True) if child else None
    facts = {
        "began": time.time(),
        "pid": os.getpid(),
        "helper": helper.pid if helper else None,
        "session": os.getsid(0),
        "parent": os.getppid(),
        "folder": str(Path.cwd()),
        "words": WORDS,
        "random": random.random(),
        "threads": [one.name for one in threading.enumerate()],
        "auth": os.environ.get("PREFECT_API_AUTH_STRING"),
    }
    path = Path(told)
    path.with_suffix(".new").write_text(json.dumps(facts))
    path.with_suffix(".new").rename(path)
    await asyncio.sleep(seconds)
    path.with_suffix(".end").write_text(str(time.time()))
