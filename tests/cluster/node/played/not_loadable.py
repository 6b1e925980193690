"""A module that can't be loaded ahead."""

raise RuntimeError("not ahead of time")
