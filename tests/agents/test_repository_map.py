"""The map of the repository."""

from agents.repository_map import repository_map


def test_two_levels_with_counts() -> None:
    """Folders first, then the files of the root."""
    paths = ["README.md", "src/a.py", "src/shop/b.py", "src/shop/deep/c.py", "tests/test_a.py", "a\nb.txt"]
    assert repository_map(paths) == "src/ (3 files)\n  shop/ (2 files)\ntests/ (1 file)\nREADME.md\na b.txt"


def test_a_large_repository_is_cut() -> None:
    """What is left out is counted."""
    paths = [f"top{top:02}/in{inner:02}/f.py" for top in range(50) for inner in range(20)]
    lines = repository_map(paths + [f"file{number}" for number in range(45)]).splitlines()
    assert lines[:2] == ["top00/ (20 files)", "  in00/ (1 file)"]
    assert lines[13] == "  ... 8 more folders"
    assert "... 10 more folders" in lines
    assert lines[-1] == "... 5 more files"


def test_an_empty_repository_has_no_map() -> None:
    """Nothing to show."""
    assert repository_map([]) == ""
