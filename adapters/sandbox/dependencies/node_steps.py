"""The command that installs what a Node.js package needs."""

import json
from typing import Any

from adapters.sandbox.dependencies.manifests import Manifest
from adapters.sandbox.dependencies.step import Step

_KINDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "workspaces")
_QUIET = "--no-audit --no-fund --no-progress --loglevel=error"


def node_steps(manifests: tuple[Manifest, ...]) -> tuple[Step, ...]:
    """One step by the lock file that is there; none if package.json names no dependency."""
    texts = {manifest.path: manifest.text for manifest in manifests}
    package = _package(texts.get("package.json", ""))
    if not any(package.get(kind) for kind in _KINDS):
        return ()
    if "package-lock.json" in texts or "npm-shrinkwrap.json" in texts:
        return (Step(command=f"npm ci {_QUIET}", otherwise=(f"npm install {_QUIET}",)),)
    fallback = (f"npm install {_QUIET} --no-package-lock",)
    if "pnpm-lock.yaml" in texts:
        return (Step(command="pnpm install --frozen-lockfile --store-dir /tmp/pnpm", otherwise=fallback),)
    if "yarn.lock" in texts:
        return (Step(command="yarn install --frozen-lockfile --non-interactive", otherwise=fallback),)
    return (Step(command=fallback[0]),)


def _package(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
