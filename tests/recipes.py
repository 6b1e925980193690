"""Recipes of the documents, carried out as they stand there."""

import re
import subprocess
from pathlib import Path

_DOCS = Path(__file__).parents[1] / "docs"


def fenced(page: str, language: str, word: str) -> str:
    """The first block of a page in a language that has this word in it."""
    found = re.findall(rf"```{language}\n(.*?)```", (_DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    return str(next(one for one in found if word in one))


def own_authority(folder: Path) -> tuple[Path, Path, Path]:
    """`docs/tls.md`'s authority, and the coordinator's certificate and key of it."""
    subprocess.run(["sh", "-e", "-c", fenced("tls.md", "sh", "openssl")], cwd=folder, check=True, capture_output=True)
    return folder / "ca.pem", folder / "coordinator.pem", folder / "coordinator.key"
