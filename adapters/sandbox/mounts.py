"""What bubblewrap shows inside, as its arguments. The order matters: later mounts cover earlier ones."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from adapters.sandbox.bounds import Bounds
from adapters.sandbox.interpreter import Prefix
from domain.command import Place

WORKSPACE = "/workspace"
ENVIRONMENT = "/env"
HOME = "/home/agent"
UID = "1000"

PASSWD = f"root:x:0:0:root:/root:/bin/sh\nagent:x:{UID}:{UID}:agent:{HOME}:/bin/bash\nnobody:x:65534:65534::/:/bin/sh\n"
GROUP = f"root:x:0:\nagent:x:{UID}:\nnogroup:x:65534:\n"
HOSTS = "127.0.0.1 localhost sandbox\n::1 localhost\n"

# In an environment: `node_modules` of packages in folders, below the folders' own paths.
NESTED_MODULES = "nested_modules"
# Vite, Vitest, Babel and others write here while tests run, and fail with their tests green if they can't.
CACHES = (".cache", ".vite", ".vite-temp", ".vitest")
_CACHE_BYTES = 256 * 1024 * 1024

_LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SETTINGS = (
    "alternatives",
    "ca-certificates",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
)
_SETTINGS_LIKE = ("java-*", "php", "maven")
_NETWORK = ("hosts", "resolv.conf")
_SMALL_BYTES = 131_072

# What /proc shows of the machine to its root alone; a worker that is root would show it to its commands.
_OF_ROOT = (
    *("kallsyms", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "pagetypeinfo", "slabinfo", "timer_list"),
    "vmallocinfo",
)


def system(*, network: bool) -> list[str]:
    """Programs and the few settings they need, read-only; no keys, no accounts, no home."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in _LINKED:
        folder = Path("/", name)
        if folder.is_symlink():
            arguments += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            arguments += ["--ro-bind", str(folder), str(folder)]
    for path in settings_paths(network=network):
        if not _is_small(path):
            arguments += ["--ro-bind-try", str(path), str(path)]
    return arguments


def copies(*, network: bool) -> dict[str, bytes]:
    """The settings that are small files: a copy starts faster than a mount."""
    return {str(path): path.read_bytes() for path in settings_paths(network=network) if _is_small(path)}


def settings_paths(*, network: bool) -> list[Path]:
    """The settings that programs need, whether they are there or not."""
    etc = Path("/etc")
    found = [path for like in _SETTINGS_LIKE for path in sorted(etc.glob(like))]
    return [*(etc / name for name in (*_SETTINGS, *(_NETWORK if network else ()))), *found]


def _is_small(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= _SMALL_BYTES and os.access(path, os.R_OK)


def scratch(bounds: Bounds) -> list[str]:
    """Folders that live in memory and go with the sandbox, each with a size."""
    arguments = [*_kernel(), "--dev", "/dev"]
    for path, size in (("/dev/shm", bounds.shm), ("/tmp", bounds.tmp), (HOME, bounds.home)):  # noqa: S108 - a mount point
        arguments += ["--size", str(size), "--tmpfs", path]
    return [*arguments, "--symlink", "/tmp", "/var/tmp", "--dir", "/run"]  # noqa: S108 - paths inside


def _kernel() -> list[str]:
    """The sandbox's own processes, and of the machine only what every user may read; nothing there is writable.

    /proc asks only who the owner is: where the worker is root, and with /proc as bubblewrap leaves it,
    commands could write core_pattern and have the kernel start a program outside.
    """
    hidden = ("keys", *(_OF_ROOT if os.geteuid() == 0 else ()))
    masks = [word for name in hidden if Path("/proc", name).exists() for word in _mask(f"/proc/{name}")]
    return ["--proc", "/proc", *masks, "--remount-ro", "/proc"]


def _mask(path: str) -> tuple[str, str, str]:
    return ("--ro-bind", "/dev/null", path)


def interpreters(prefixes: Iterable[Prefix]) -> list[str]:
    """Interpreters at their own place, read-only."""
    return [
        argument
        for prefix in prefixes
        for part in prefix.parts()
        for argument in ("--ro-bind", str(prefix.real / part), str(prefix.shown / part))
    ]


def place(shown: Place, *, writable_environment: bool) -> list[str]:
    """The workspace, the environment and the paths that the place adds."""
    arguments = ["--bind", str(shown.workspace), WORKSPACE]
    for path in shown.read_only:
        if not path.is_relative_to("/usr"):
            arguments += ["--ro-bind", str(path), str(path)]
    if shown.environment:
        arguments += ["--bind" if writable_environment else "--ro-bind", str(shown.environment), ENVIRONMENT]
        modules = shown.environment / "node_modules"
        if has_modules(shown) and _may_hold_a_mount(shown.workspace / "node_modules"):
            arguments += ["--ro-bind", str(modules), f"{WORKSPACE}/node_modules", *_caches(modules)]
        arguments += _nested(shown.environment / NESTED_MODULES, shown.workspace)
    return arguments


def _nested(kept: Path, workspace: Path) -> list[str]:
    """Each package's own `node_modules` beside its manifest, where the workspace has that folder and no link to it."""
    words: list[str] = []
    for parent, folders, _ in os.walk(kept):
        folders[:] = [name for name in folders if name != "node_modules"]
        # Installed code has filled this folder: a link could lead anywhere.
        if _mode(Path(parent, "node_modules")) != stat.S_IFDIR:
            continue
        inside = Path(parent).relative_to(kept)
        steps = [workspace / path for path in (inside, *inside.parents)]
        if all(_mode(step) == stat.S_IFDIR for step in steps) and _may_hold_a_mount(
            workspace / inside / "node_modules"
        ):
            words += ["--ro-bind", f"{parent}/node_modules", f"{WORKSPACE}/{inside.as_posix()}/node_modules"]
    return words


def _caches(modules: Path) -> list[str]:
    """Each empty cache folder in memory; one that the installation has filled stays as it is."""
    empty = [name for name in CACHES if _mode(modules / name) == stat.S_IFDIR and not any((modules / name).iterdir())]
    size = ("--size", str(_CACHE_BYTES), "--tmpfs")
    return [word for name in empty for word in (*size, f"{WORKSPACE}/node_modules/{name}")]


def has_modules(shown: Place) -> bool:
    """Whether the environment brings `node_modules`; a link does not count, it could lead anywhere."""
    return bool(shown.environment) and _mode(Path(str(shown.environment), "node_modules")) == stat.S_IFDIR


def _may_hold_a_mount(path: Path) -> bool:
    return _mode(path) in (None, stat.S_IFDIR)


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return None
