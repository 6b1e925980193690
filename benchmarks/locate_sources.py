"""Fetch the sources that `locate.jsonl` speaks of, through the package managers' own clients.

`python benchmarks/locate_sources.py FOLDER` needs pip, npm and, for Java and Go, apt with dpkg; what cannot
be had is named and left out. Only unpacks: nothing of the sources is built, besides an sdist's metadata by pip.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = Path(__file__).with_name("data") / "locate.jsonl"
_LIMIT_S = 300
_PIP = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
_WHEEL = ("--only-binary", ":all:", "--python-version", "37", "--platform", "manylinux1_x86_64")


def folder_name(source: str) -> str:
    """`npm @tanstack/query-core 4.2.3` as the name of one folder."""
    return source.replace("@", "").replace("/", "-").replace(" ", "_")


def wanted() -> list[str]:
    """Every source of the rows once: how to get it, package, version."""
    rows = ROWS.read_text("utf-8").splitlines()
    return list(dict.fromkeys(json.loads(row)["source"] for row in rows))


def fetch(source: str, target: Path) -> None:
    """Download and unpack one source. Raises CalledProcessError or TimeoutExpired when the client does."""
    form, package, version = source.split()
    with tempfile.TemporaryDirectory() as place:
        for command in _commands(form, package, version):
            subprocess.run(command, cwd=place, check=form != "apt", timeout=_LIMIT_S, capture_output=True)
        _unpack(Path(place), target)


def _commands(form: str, package: str, version: str) -> list[tuple[str, ...]]:
    if form == "npm":
        return [("npm", "pack", "--silent", f"{package}@{version}")]
    if form == "apt":
        return [("apt-get", "-o", "APT::Sandbox::User=root", "source", "--download-only", package)]
    if form == "wheel":
        plain = (*_PIP, "--only-binary", ":all:") if package != "scikit-learn" else (*_PIP, *_WHEEL)
        return [(*plain, f"{package}=={version}")]
    return [(*_PIP, "--no-binary", ":all:", f"{package}=={version}")]


def _unpack(place: Path, target: Path) -> None:
    """The one archive there; Debian's own changes are not the project's and stay out."""
    for archive in sorted(place.iterdir()):
        if archive.suffix in (".asc", ".dsc") or ".debian.tar" in archive.name:
            continue
        shutil.unpack_archive(archive, target, "zip" if archive.suffix == ".whl" else None)
        return
    raise FileNotFoundError(f"no archive for {target.name}")


def main() -> int:
    """Fetch what is not there yet; 1 if something could not be had."""
    root = Path(sys.argv[1])
    missing = 0
    for source in wanted():
        target = root / folder_name(source)
        if target.exists():
            continue
        try:
            fetch(source, target)
        except (subprocess.SubprocessError, OSError, shutil.ReadError) as error:
            missing += 1
            sys.stderr.write(f"left out: {source}: {error}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
