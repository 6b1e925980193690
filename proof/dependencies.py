"""What a change does to the installation beyond what its dependencies need."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

from domain.change import Change
from domain.frozen import Frozen
from proof.added_lines import Added
from proof.watched_paths import is_lock, is_manifest

# Which manifests explain a change of a lock file, by the lock's name in lower case.
_EXPLAINS = (
    (
        r"(?:package-lock|npm-shrinkwrap)\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock",
        r"package\.json|pnpm-workspace\.yaml|deno\.jsonc?",
    ),
    (r"(?:poetry|uv|pdm)\.lock|pylock.*\.toml", r"pyproject\.toml|setup\.(?:py|cfg)|requirements.*"),
    (r"pipfile\.lock", r"pipfile"),
    (r"go(?:\.work)?\.sum", r"go\.(?:mod|work)"),
    (r"cargo\.lock", r"cargo\.toml"),
    (r"gemfile\.lock", r"gemfile|.*\.gemspec"),
    (r"composer\.lock", r"composer\.json"),
)
_HOSTS = frozenset(
    {
        *(
            "registry.npmjs.org",
            "registry.yarnpkg.com",
            "pypi.org",
            "files.pythonhosted.org",
            "rubygems.org",
            "crates.io",
        ),
        *("static.crates.io", "index.crates.io", "proxy.golang.org", "sum.golang.org", "repo.packagist.org", "jsr.io"),
        *("repo.maven.apache.org", "api.nuget.org", "hex.pm", "repo.hex.pm", "pub.dev", "cdn.cocoapods.org"),
    }
)
# Fields that only name where a package is at home, or who is paid for it.
_NAMED_ONLY = re.compile(
    r"\"?(?:homepage|url\"?:\s*\"https://(?:github|opencollective|www\.patreon|tidelift)|funding|bugs)\b"
)
_URL = re.compile(r"(?:git\+)?(?:https?|ssh|git)://[^\s\"'#)\]}>,]+")
_SCRIPT = re.compile(r"^\s*\"(?:pre|post)?(?:install|prepare|pack|publish)(?:Only)?\"\s*:", re.MULTILINE)
_BUILD = re.compile(r"^\s*(?:\[build-system\]|build-backend\b|backend-path\b|requires\s*=)", re.MULTILINE)
_ALWAYS = re.compile(r"(?:^|/)(?:setup\.py|build\.rs|binding\.gyp|[^/]+\.pth|extconf\.rb)$")
_NPMRC = re.compile(
    r"^\s*(?:ignore-scripts|script-shell|registry|@[\w-]+:registry|onload-script|node-options)\s*=", re.MULTILINE
)


class Doubt(Frozen):
    """One thing to ask about: a script that runs on installation, a lock file without a reason, a foreign source."""

    kind: Literal["install_script", "lock", "lock_source"]
    path: str
    host: str = ""


def doubts(change: Change, added: Sequence[Added]) -> Iterator[Doubt]:
    """All of them, each once."""
    yield from dict.fromkeys((*_scripts(change, added), *_locks(change), *_sources(change, added)))


def _scripts(change: Change, added: Sequence[Added]) -> Iterator[Doubt]:
    for file in change.files:
        if file.status != "deleted" and _ALWAYS.search(file.path):
            yield Doubt(kind="install_script", path=file.path)
    patterns = {"package.json": _SCRIPT, "pyproject.toml": _BUILD, ".npmrc": _NPMRC}
    for run in added:
        pattern = patterns.get(posixpath.basename(run.path).lower())
        if pattern and pattern.search(run.text):
            yield Doubt(kind="install_script", path=run.path)


def _locks(change: Change) -> Iterator[Doubt]:
    """Lock files that changed although no manifest that could be the reason did."""
    manifests = [posixpath.basename(file.path).lower() for file in change.files if not is_lock(file.path)]
    for file in change.files:
        name = posixpath.basename(file.path).lower()
        if file.status not in {"modified", "added"} or not is_lock(file.path):
            continue
        reasons = next((reason for lock, reason in _EXPLAINS if re.fullmatch(lock, name)), "")
        explained = any(re.fullmatch(reasons, one) if reasons else is_manifest(one) for one in manifests)
        if not explained:
            yield Doubt(kind="lock", path=file.path)


def _sources(change: Change, added: Sequence[Added]) -> Iterator[Doubt]:
    """Places that packages come from, and that neither everybody uses nor the base."""
    for run in added:
        if not is_lock(run.path):
            continue
        for line in run.text.splitlines():
            for url in _URL.findall(line):
                host = _host(url)
                if host and host not in _HOSTS and not _NAMED_ONLY.search(line) and not _known(change.diff, host):
                    yield Doubt(kind="lock_source", path=run.path, host=host)


def _host(url: str) -> str:
    try:
        return (urlsplit(url.removeprefix("git+")).hostname or "").lower()
    except ValueError:
        return url


def _known(diff: str, host: str) -> bool:
    return bool(re.search(rf"^[ -].*//(?:[^/\s]*@)?{re.escape(host)}\b", diff, re.MULTILINE | re.IGNORECASE))
