"""The one way we start git: explicit git directory, no configuration but ours, no hooks, no prompts."""

import asyncio
import base64
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from domain.errors import (
    AuthenticationFailed,
    ClusterError,
    ConfigurationError,
    DiskFull,
    GitFailed,
    NotFound,
    PermissionDenied,
    PushRejected,
    Transient,
)

FLAGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.sshCommand=/bin/false",
    "credential.helper=",
    "commit.gpgSign=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "diff.ignoreSubmodules=all",
    "core.quotePath=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
# What a person behind a proxy or with a certificate authority of their own has set must reach git.
_PASSED_ON = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "GIT_SSL_CAINFO")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SECRET = re.compile(r"(?i)(authorization:\s*\S+\s+)\S+|(https?://)[^/@\s]+@")

DISK_FULL = re.compile(r"No space left on device|Disk quota exceeded")

# What git says (LC_ALL=C), and whose turn it is then; the first match decides.
_REFUSALS: tuple[tuple[re.Pattern[str], type[ClusterError]], ...] = (
    (DISK_FULL, DiskFull),
    (
        re.compile(r"Authentication failed|could not read Username|HTTP (Basic|code = 401)|error: 401"),
        AuthenticationFailed,
    ),
    (
        re.compile(r"stale info|fetch first|non-fast-forward|protected branch|remote rejected|GH0\d\d|pre-receive"),
        PushRejected,
    ),
    (
        re.compile(r"error: 403|Permission to .* denied|access denied|not allowed to push", re.IGNORECASE),
        PermissionDenied,
    ),
    (re.compile(r"repository .* not found|error: 404|couldn't find remote ref|does not appear to be a git"), NotFound),
    (
        re.compile(
            r"error: (408|429|5\d\d)|Could not resolve host|Failed to connect|Connection (reset|refused|timed out)"
            r"|Couldn.t connect|Empty reply|(Recv|Send) failure|transfer closed|HTTP/2 stream|early EOF"
            r"|unexpected disconnect|RPC failed|remote end hung up|SSL|timed? ?out",
            re.IGNORECASE,
        ),
        Transient,
    ),
)


@dataclass(frozen=True)
class Git:
    """Runs git. `server_url` is where a token may be sent, and nowhere else; `tokens` gives a repository's."""

    server_url: str
    tokens: Callable[[str], Awaitable[SecretStr]] | None = None
    author_name: str = "claude-cluster"
    author_email: str = "claude-cluster@localhost"
    timeout_s: float = 600
    extra: Mapping[str, str] = field(default_factory=dict)

    async def run(
        self, *arguments: str, variables: Mapping[str, str] | None = None, stdin: bytes = b"", online: str = ""
    ) -> bytes:
        """What git printed. `online` is the repository (`owner/name`) that the call may talk to the forge about.

        Raises:
            ConfigurationError: git is not installed.
            AuthenticationFailed, PermissionDenied, NotFound, PushRejected, DiskFull, Transient: by what git said.
            GitFailed: anything else, with git's last lines, scrubbed of credentials.
        """
        program = shutil.which("git")
        if program is None:
            raise ConfigurationError("git was not found", "install git 2.30 or newer")
        flags = [part for flag in FLAGS for part in ("-c", flag)]
        process = await asyncio.create_subprocess_exec(
            program,
            *flags,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(variables or {}) | await self._access(online),
            cwd="/",
            start_new_session=True,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), self.timeout_s)
        except TimeoutError as error:
            raise Transient(f"git {_verb(arguments)} took longer than {self.timeout_s:.0f} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise _failure(_verb(arguments), process.returncode, err.decode(errors="replace"))
        return out

    async def text(self, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
        """The same, decoded and without the last line feed."""
        return (await self.run(*arguments, variables=variables)).decode("utf-8", "surrogateescape").rstrip("\n")

    def url(self, repo: str) -> str:
        """The address of `owner/name`; it holds no credentials."""
        return f"{self.server_url}/{repo}.git"

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        address = urlsplit(self.server_url)
        plain = address.scheme == "http" and address.hostname in _LOOPBACK
        return {
            **isolated(),
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_ALLOW_PROTOCOL": "http:https" if plain else "https",
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            **self.extra,
            **variables,
        }

    async def _access(self, repo: str) -> dict[str, str]:
        if not repo or self.tokens is None:
            return {}
        token = await self.tokens(repo)
        pair = base64.b64encode(f"x-access-token:{token.get_secret_value()}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.server_url}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {pair}",
        }


def isolated() -> dict[str, str]:
    """Environment in which git reads no configuration but ours and asks nobody."""
    return {
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def split(data: bytes) -> list[str]:
    """NUL-separated fields of git's `-z` output; names that are not UTF-8 survive a round trip."""
    return [part.decode("utf-8", "surrogateescape") for part in data.split(b"\x00") if part]


def clone_folder(home: Path, server_url: str, repository_id: int) -> Path:
    """Where a repository's bare clone lives below the state folder; renames do not move it."""
    host = re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(server_url).netloc)
    return home / "clones" / host / f"{repository_id}.git"


def _verb(arguments: tuple[str, ...]) -> str:
    return next((part for part in arguments if not part.startswith("-")), "git")


def _failure(verb: str, code: int, stderr: str) -> ClusterError:
    words = _SECRET.sub(r"\1\2***", stderr).strip()
    last = " / ".join(line.strip() for line in words.splitlines()[-4:] if line.strip())
    for pattern, kind in _REFUSALS:
        if pattern.search(words):
            return _explained(kind, verb, last)
    return GitFailed(f"git {verb} ended with {code}: {last or 'no message'}")


def _explained(kind: type[ClusterError], verb: str, words: str) -> ClusterError:
    remedies: dict[type[ClusterError], tuple[str, str]] = {
        AuthenticationFailed: ("GitHub authentication failed", "check GITHUB_TOKEN"),
        PermissionDenied: ("the token may not do this", "give it contents: write on the repository"),
        NotFound: ("not found", "check the repository, the branch and the token's access"),
        PushRejected: ("the push was refused", "if a rule refuses it, let the rule allow branches named claude/*"),
        DiskFull: ("the disk is full", DiskFull.REMEDY),
        Transient: ("the connection failed", ""),
    }
    start, remedy = remedies[kind]
    return kind(f"{start}: git {verb}: {words}", remedy)
