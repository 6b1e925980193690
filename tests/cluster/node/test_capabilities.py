"""What a machine brings."""

import os
from pathlib import Path

import psutil

from cluster.node.capabilities import capabilities


def test_only_what_answers_counts(tmp_path: Path) -> None:
    """A program that fails, or is no program, is no toolchain; python3 is Python."""
    for name, text in {"go": "exit 0", "node": "exit 1", "cargo": 'test "$1" = --version', "python3": "exit 0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "java").write_text("not a program")
    (tmp_path / "java").chmod(0o755)
    found = capabilities("none", str(tmp_path))
    assert found.toolchains == ("cargo", "go", "python")
    assert (found.sandbox, found.cores) == ("none", os.cpu_count())
    assert abs(found.memory_gb - psutil.virtual_memory().total / 2**30) < 0.1
    assert found.platform.count("-") == 1


def test_a_sandbox_that_is_not_to_be_had() -> None:
    """Is none."""
    assert capabilities("container", "").sandbox == "none"
