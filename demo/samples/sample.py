"""The samples as they are on disk: a bundle, issues in Markdown, scripts in TOML."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
REPOSITORY = "rehearsal/shop"


@dataclass(frozen=True)
class SampleIssue:
    """An issue of the sample repository; `number` is what the forge gives it, `language` what it is written in."""

    repo: str
    number: int
    title: str
    body: str
    author: str
    labels: tuple[str, ...]
    language: str
    outcome: str


def shop_bundle() -> Path:
    """The git bundle of the sample repository."""
    return _HERE / "shop.bundle"


def sample_issues() -> tuple[SampleIssue, ...]:
    """The issues, in the order in which they are opened."""
    found = []
    for number, file in enumerate(sorted((_HERE / "issues").glob("*.md")), 1):
        _, head, body = file.read_text("utf-8").split("+++\n", 2)
        fields = tomllib.loads(head)
        labels = tuple(fields.pop("labels"))
        found.append(SampleIssue(repo=REPOSITORY, number=number, body=body.strip(), labels=labels, **fields))
    return tuple(found)


def sample_scripts() -> tuple[Path, ...]:
    """The files with the rehearsed replies."""
    return tuple(sorted((_HERE / "scripts").glob("*.toml")))
