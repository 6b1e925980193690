"""The small programs that run inside the sandbox and write one JSON line a test."""

from importlib import resources
from typing import Literal

Script = Literal["unittest_report.py", "node_reporter.mjs", "mocha_reporter.cjs", "jasmine_reporter.cjs"]


def script(name: Script) -> str:
    """The text of a runner."""
    return resources.files("proof.runners").joinpath(name).read_text(encoding="utf-8")
