"""How often `locate` names a file that the real fix changed, beside plain BM25 in the same run.

`python benchmarks/locate_sources.py FOLDER && python benchmarks/locate_eval.py FOLDER`; prints a table, and
`--json` the figures. The rows tell known fixes in our own words, from memory: that a changed file exists in the
fetched version is checked, that the fix changed it is not, and a few rows may be wrong. The held-out half was
kept from the choice of constants only; rules such as those for stack frames were made with all rows in view.
The baseline is BM25 (k1 1.2, b 0.75) over the code files' text: no paths, no kinds, no weights.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

from locate_sources import ROWS, folder_name

from agents.locate import SourceFile, locate
from agents.words import identifiers, split_identifier

FIRST = 5
_CODE = frozenset((".py", ".pyx", ".ts", ".tsx", ".js", ".jsx", ".go", ".java"))
_LARGEST = 1_000_000
_PUBLISHED_ONLY = frozenset(("dist", "build"))


def read_source(root: Path, *, published: bool) -> list[SourceFile]:
    """The text files below an archive's one top folder; `published`: less what the build added for npm."""
    inner = [one for one in root.iterdir() if one.is_dir()]
    top = inner[0] if len(inner) == 1 and len(list(root.iterdir())) == 1 else root
    files = []
    for path in sorted(one for one in top.rglob("*") if one.is_file() and not one.is_symlink()):
        relative = path.relative_to(top)
        if path.stat().st_size > _LARGEST or (published and _PUBLISHED_ONLY & set(relative.parts[:-1])):
            continue
        raw = path.read_bytes()
        if b"\0" not in raw:
            files.append(SourceFile(path=relative.as_posix(), text=raw.decode("utf-8", "replace")))
    return files


class Plain:
    """The baseline, counted once for a repository."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self.paths = [file.path for file in files if Path(file.path).suffix in _CODE]
        self.counts = [Counter(_tokens(file.text)) for file in files if Path(file.path).suffix in _CODE]
        self.lengths = [sum(one.values()) for one in self.counts]
        self.average = sum(self.lengths) / max(len(self.lengths), 1) or 1.0

    def first(self, query: str) -> list[str]:
        """The best paths for a query."""
        scores = [0.0] * len(self.paths)
        for term in sorted(set(_tokens(query))):
            inside = sum(1 for one in self.counts if term in one)
            rarity = log(1 + (len(scores) - inside + 0.5) / (inside + 0.5))
            for at, one in enumerate(self.counts):
                if count := one.get(term, 0):
                    room = 1.2 * (0.25 + 0.75 * self.lengths[at] / self.average)
                    scores[at] += rarity * count * 2.2 / (count + room)
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], self.paths[at]))
        return [self.paths[at] for at in order[:FIRST]]


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for name in identifiers(text):
        parts = split_identifier(name)
        found += [*parts, "".join(parts)] if len(parts) > 1 else parts
    return found


def evaluate(folder: Path) -> dict[str, dict[str, list[int]]]:
    """Ranks (0: not among the first five) by way of finding and by group of rows."""
    by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in ROWS.read_text("utf-8").splitlines():
        row = json.loads(line)
        by_source[row["source"]].append(row)
    ranks: dict[str, dict[str, list[int]]] = {"locate": defaultdict(list), "BM25": defaultdict(list)}
    for source, rows in by_source.items():
        root = folder / folder_name(source)
        if not root.exists():
            sys.stderr.write(f"left out: {source}\n")
            continue
        files = read_source(root, published=source.startswith("npm"))
        plain = Plain(files)
        for row in rows:
            query = f"{row['title']}\n{row['body']}"
            found = {"locate": [one.path for one in locate(files, query, FIRST)], "BM25": plain.first(query)}
            for way, paths in found.items():
                rank = next((at for at, path in enumerate(paths, start=1) if path in row["changed"]), 0)
                for group in ("all", row["language"], row["half"]):
                    ranks[way][group].append(rank)
    return ranks


def shares(ranks: Sequence[int]) -> dict[str, float | int]:
    """How many rows, and the shares with a changed file first and among the first five."""
    rows = len(ranks)
    return {
        "rows": rows,
        "top_1": round(sum(rank == 1 for rank in ranks) / rows, 3),
        "top_5": round(sum(rank > 0 for rank in ranks) / rows, 3),
    }


def main() -> int:
    """Print the table or, with `--json`, the figures."""
    ranks = evaluate(Path(sys.argv[1]))
    figures = {way: {group: shares(found) for group, found in groups.items()} for way, groups in ranks.items()}
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
        return 0
    for group, one in figures["locate"].items():
        other = figures["BM25"][group]
        sys.stdout.write(
            f"{group:<11} {one['rows']:>3} rows  first {one['top_1']:.2f} (BM25 {other['top_1']:.2f})"
            f"  among five {one['top_5']:.2f} (BM25 {other['top_5']:.2f})\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
