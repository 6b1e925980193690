"""Wiring: adapters load when asked for, and heavy libraries only with them."""

import subprocess
import sys

import pytest

_HEAVY = ("prefect", "anthropic", "githubkit", "sqlalchemy")


@pytest.mark.parametrize(
    ("module", "loads"),
    [
        ("cli.main", set()),
        ("cli.agents", set()),
        ("cli.locate", set()),
        ("cli.logs", set()),
        ("cli.status", set()),
        ("cli.setup", set()),
        ("cli.workflow", set()),
    ],
)
def test_commands_that_need_no_flow_load_no_heavy_library(module: str, loads: set[str]) -> None:
    """Importing a command loads neither Prefect nor a client library."""
    code = f"import {module}, sys; print(*[name for name in {_HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == loads
