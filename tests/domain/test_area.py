"""What is inside an area, and whether two areas can ever meet."""

import itertools

import pytest
from pydantic import ValidationError

from domain.area import Area

_PATHS = [
    "README.md",
    "docs/guide.md",
    "docs/a/b/c.md",
    "docs2/x.md",
    "src/api.py",
    "src/web/api.py",
    "src/web/index.html",
    "src/web/deep/er/api.py",
    "a*b",
    "docs",
]
_GLOBS = ["docs", "docs/", "docs/**", "*.md", "**/*.md", "src/**/api.py", "src/*.py", "src/w?b", "README.md", "a*b"]


@pytest.mark.parametrize(
    ("glob", "inside", "outside"),
    [
        ("docs", ("docs", "docs/a", "docs/a/b.md"), ("docs2/a", "doc", "a/docs/b")),
        ("docs/", ("docs/a",), ("docs2",)),
        ("*.md", ("a.md",), ("a/b.md", "a.mdx")),
        ("**/*.md", ("a.md", "a/b.md", "a/b/c.md"), ("a.txt",)),
        ("src/**/api.py", ("src/api.py", "src/a/b/api.py"), ("src/api.pyc", "api.py")),
        ("src/?.py", ("src/a.py",), ("src/ab.py", "src/.py")),
        ("ab", ("ab",), ("a*", "a?")),
    ],
)
def test_what_is_inside(glob: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    """A name is a file or a folder with all below; wildcards stay within a name, `**` does not."""
    area = Area(globs=(glob,))
    assert [area.holds(path) for path in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


def test_no_path_is_in_two_areas_that_do_not_meet() -> None:
    """Whatever the globs: a path inside both means that they meet, and meeting goes both ways."""
    for ours, theirs in itertools.product(_GLOBS, _GLOBS):
        one, other = Area(globs=(ours,)), Area(globs=(theirs,))
        shared = [path for path in _PATHS if one.holds(path) and other.holds(path)]
        assert one.meets(other) == other.meets(one)
        assert one.meets(other) or not shared, (ours, theirs, shared)


@pytest.mark.parametrize(
    ("ours", "theirs", "meet"),
    [
        ("src", "src/web/api.py", True),
        ("src/*.py", "src/*.js", False),
        ("src/a*", "src/*b", True),
        ("a/**", "**/b", True),
        ("a/**/x", "b/**/x", False),
        ("docs", "doc?", True),
        ("docs", "docs2", False),
    ],
)
def test_areas_meet_in_paths_that_do_not_exist_yet(ours: str, theirs: str, meet: bool) -> None:
    """Two specialists must not make the same file either."""
    assert Area(globs=(ours,)).meets(Area(globs=(theirs,))) is meet


@pytest.mark.parametrize(
    "glob",
    [
        *(
            "",
            " ",
            "/",
            "/etc",
            "../x",
            "a/../b",
            "./a",
            "a//b",
            ".git",
            "a/.GIT/hooks",
            "a\\b",
            "a[bc]",
            "{a,b}",
            "!a",
        ),
        *("a**", "**a/b", "a\nb", " a", "x" * 201, "*a*b*c*d*e*f*g*h*i", "a/\u202eb"),
    ],
)
def test_what_is_no_area_is_refused(glob: str) -> None:
    """Nothing outside the repository, nothing of git's, and nothing whose meaning could be in doubt."""
    with pytest.raises(ValidationError):
        Area(globs=(glob,))


def test_none_and_too_many_are_refused() -> None:
    """An area has 1 to 20 paths."""
    for globs in ((), tuple(f"a{number}" for number in range(21))):
        with pytest.raises(ValidationError, match="1 to 20"):
            Area(globs=globs)


def test_paths_without_end_are_outside() -> None:
    """A tree that is deeper than any real one is looked at in no time."""
    assert not Area(globs=("**/x",)).holds("a/" * 5_000 + "x")
    assert Area(globs=("**/x",)).holds("a/" * 199 + "x")
