"""How often `locate` names a file that the real fix changed, beside plain BM25 in the same run.

`python benchmarks/locate_sources.py FOLDER && python benchmarks/locate_eval.py FOLDER`; prints the table of
docs/localisation.md (there is how the rows were made), and `--json` the figures. The baseline is BM25 (k1 1.2,
b 0.75) over path and text of the code files, names split into their parts: no kinds, no weights.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from typing import Any

from locate_sources import folder_name, read_rows, text_path

from agents.locate import LONGEST_FILE, SourceFile, locate
from agents.nearby import worth_reading
from agents.words import identifiers, split_identifier

FIRST = 5
HALVES = ("tune", "held out")
LANGUAGES = ("python", "typescript", "go", "java")
_CODE = frozenset((".py", ".pyx", ".ts", ".tsx", ".js", ".jsx", ".go", ".java"))
_MOST_FILES = 20_000
_BUILT = frozenset(("dist", "build", "lib", "es", "_esm", "_cjs", "_types", "node_modules"))
_BUILT_ENDS = (".map", ".d.ts", ".js", ".mjs", ".cjs")


def read_source(root: Path, *, published: bool) -> list[SourceFile]:
    """The text files below an archive's one top folder; `published`: less what the build added for npm."""
    inner = [one for one in root.iterdir() if one.is_dir()]
    top = inner[0] if len(inner) == 1 and len(list(root.iterdir())) == 1 else root
    files = []
    for path in sorted(one for one in top.rglob("*") if one.is_file() and not one.is_symlink()):
        relative = path.relative_to(top)
        built = _BUILT & set(relative.parts[:-1]) or path.name.endswith(_BUILT_ENDS)
        if path.stat().st_size > LONGEST_FILE or (published and built):
            continue
        raw = path.read_bytes()
        if b"\0" not in raw[:8_000]:
            files.append(SourceFile(path=relative.as_posix(), text=raw.decode("utf-8", "replace")))
    return files


class Plain:
    """The baseline, counted once for a repository."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        code = [file for file in files if Path(file.path).suffix in _CODE]
        self.paths = [file.path for file in code]
        self.counts = [Counter(_tokens(f"{file.path}\n{file.text}")) for file in code]
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


def ours(files: Sequence[SourceFile], query: str) -> list[str]:
    """As the command does it: what is worth reading, then the ranking."""
    at = {file.path: file for file in files}
    chosen = [at[path] for path in worth_reading(tuple(at), query, _MOST_FILES)]
    return [one.path for one in locate(chosen, query, FIRST)]


def evaluate(folder: Path) -> dict[str, dict[str, list[int]]]:
    """Ranks (0: not among the first five) by way of finding and by group of rows."""
    by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_rows():
        if text_path(folder, row).exists():
            by_source[row["source"]].append(row)
        else:
            sys.stderr.write(f"left out: {row['evidence']}\n")
    ranks: dict[str, dict[str, list[int]]] = {"locate": defaultdict(list), "BM25": defaultdict(list)}
    for source, rows in by_source.items():
        root = folder / folder_name(source)
        if not root.exists():
            sys.stderr.write(f"left out: {source}\n")
            continue
        files = read_source(root, published=source.startswith("npm"))
        plain = Plain(files)
        for row in rows:
            query = text_path(folder, row).read_text("utf-8")
            for way, paths in (("locate", ours(files, query)), ("BM25", plain.first(query))):
                rank = next((at for at, path in enumerate(paths, start=1) if path in row["changed"]), 0)
                for group in _groups(row):
                    ranks[way][group].append(rank)
    return ranks


def _groups(row: dict[str, Any]) -> tuple[str, ...]:
    return ("all", row["language"], row["half"], f"{row['half']}, {row['language']}")


def shares(ranks: Sequence[int]) -> dict[str, float | int]:
    """How many rows, and the shares with a changed file first and among the first five."""
    rows = len(ranks)
    return {
        "rows": rows,
        "top_1": round(sum(rank == 1 for rank in ranks) / rows, 3),
        "top_5": round(sum(rank > 0 for rank in ranks) / rows, 3),
    }


def table(figures: dict[str, dict[str, dict[str, float | int]]]) -> Iterator[str]:
    """The lines of a Markdown table: halves, then languages, then everything."""
    yield "| rows | n | first: locate | first: BM25 | among five: locate | among five: BM25 |"
    yield "|---|---:|---:|---:|---:|---:|"
    groups = [group for half in HALVES for group in (half, *(f"{half}, {language}" for language in LANGUAGES))]
    for group in (*groups, *LANGUAGES, "all"):
        if group in figures["locate"]:
            one, other = figures["locate"][group], figures["BM25"][group]
            cells = (one["top_1"], other["top_1"], one["top_5"], other["top_5"])
            yield f"| {group} | {one['rows']} | {' | '.join(f'{cell:.2f}' for cell in cells)} |"


def main() -> int:
    """Print the table or, with `--json`, the figures."""
    ranks = evaluate(Path(sys.argv[1]))
    figures = {way: {group: shares(found) for group, found in groups.items()} for way, groups in ranks.items()}
    said = json.dumps(figures, indent=2) if "--json" in sys.argv else "\n".join(table(figures))
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
