"""A forge on loopback: GitHub's REST API, git over HTTP, and pages for people."""

from demo.forge.forge import Forge

__all__ = ["Forge"]
