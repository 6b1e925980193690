"""Which files say what a repository needs, and which folders hold other things than the repository's own code."""

import posixpath
import re

_NAMES = re.compile(
    r"pyproject\.toml|setup\.(?:py|cfg)|uv\.lock|poetry\.lock|pdm\.lock|Pipfile(?:\.lock)?|\.python-version"
    r"|tox\.ini|noxfile\.py|hatch\.toml|[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)"
    r"|package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|\.pnpmfile\.c?js"
    r"|yarn\.lock|\.npmrc|\.yarnrc(?:\.yml)?|go\.(?:mod|sum|work|work\.sum)"
    r"|Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?|pom\.xml"
)
_IN_FOLDERS = re.compile(r"(?:.*/)?(?:requirements/[\w.-]+\.(?:txt|in)|\.cargo/config(?:\.toml)?|\.mvn/[\w.-]+)")
# Manifests below these are samples, scaffolds or somebody else's code, and are not installed.
ASIDE = frozenset(
    (
        *("node_modules", "vendor", "third_party", "external", ".venv", "venv", "testdata", "fixtures", "__fixtures__"),
        *("test", "tests", "spec", "e2e", "docs", "doc", "website", "template", "templates", "fuzz"),
        *("example", "examples", "sample", "samples", "demo", "demos", "bench", "benches", "benchmark", "benchmarks"),
        *(".git", "__pycache__", "target"),
    )
)


def is_manifest(path: str) -> bool:
    """Whether a path (relative, POSIX) is a manifest, a lock or a setting of a package manager that counts."""
    folder, name = posixpath.split(path)
    if ASIDE.intersection(folder.split("/")):
        return False
    return bool(_NAMES.fullmatch(name) or _IN_FOLDERS.fullmatch(path))
