"""How a text of the localisation evaluation is read from the files and lines that its row names."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

MODULE = Path(__file__).parents[2] / "benchmarks" / "locate_texts.py"
PATCH = """\
From: Some Body <some.body@example.org>
Subject: [PATCH 2/3] [4.2.x] Fixed CVE-2020-0001 -- Kept the last page
 of a printed book. (Closes: #12)

The last page was lost
 .
 when a book had one.

Signed-off-by: Some Body <some.body@example.org>
"""
DEBIAN = """\
book (1.0-2) unstable; urgency=medium

  * Fix CVE-2020-0001:
    A reader could lose a page. It happened with one page only.
    Thanks to Some Body for the report. (Closes: #12)
"""
NPM = """\
## 1.0.1

- [#7](https://example.org/7) [`abcdef0`](https://example.org/c) Thanks [@some](https://example.org/some)! - Keep it.
* **print:** keep the `last` page ([#8](https://example.org/8)) ([abcdef1](https://example.org/d)), closes #9
- abcdef2: Fix #11: keep the first page, too (#10)
"""


@pytest.fixture
def texts() -> ModuleType:
    """The script's module, which is in no package."""
    spec = importlib.util.spec_from_file_location("locate_texts", MODULE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with a patch, Debian's changelog and one from npm."""
    (tmp_path / "debian" / "patches").mkdir(parents=True)
    (tmp_path / "debian" / "patches" / "page.patch").write_text(PATCH)
    (tmp_path / "debian" / "changelog").write_text(DEBIAN)
    (tmp_path / "CHANGELOG.md").write_text(NPM)
    return tmp_path


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            ["debian/patches/page.patch:2-3,5-7"],
            "Kept the last page of a printed book.\nThe last page was lost\n\nwhen a book had one.",
        ),
        (["debian/changelog:3-5"], "A reader could lose a page.\nIt happened with one page only."),
        (
            ["debian/patches/page.patch:2-3", "debian/changelog:4"],
            "Kept the last page of a printed book.\nA reader could lose a page. It happened with one page only.",
        ),
        (["CHANGELOG.md:3"], "Keep it."),
        (["CHANGELOG.md:5,4"], "keep the first page, too\n**print:** keep the `last` page"),
    ],
)
def test_the_words_stay_and_the_marks_around_them_go(
    texts: ModuleType, package: Path, parts: list[str], text: str
) -> None:
    """Field names, numbers, links and thanks are left out; the first range is the title."""
    assert texts.text_of(package, parts) == text


def test_a_file_that_is_not_there_is_said(texts: ModuleType, package: Path) -> None:
    """A package without the named file gives no text."""
    with pytest.raises(FileNotFoundError):
        texts.text_of(package, ["debian/patches/other.patch:1"])


def test_a_text_is_known_by_its_sha256(texts: ModuleType) -> None:
    """The fingerprint is that of the UTF-8 text."""
    assert texts.fingerprint("page") == "3660315a9af3df255d8f19ab077e4797822b41488a0e2a04bc6af71213c23274"
