"""What Poetry's constraints mean."""

import pytest

from adapters.sandbox.dependencies.poetry_versions import requirement


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("^1.2.3", "dice>=1.2.3,<2"),
        ("^1.2", "dice>=1.2,<2"),
        ("^1", "dice>=1,<2"),
        ("^0.2.3", "dice>=0.2.3,<0.3"),
        ("^0.0.3", "dice>=0.0.3,<0.0.4"),
        ("^0.0", "dice>=0.0,<0.1"),
        ("^0", "dice>=0,<1"),
        ("^1.2b1", "dice>=1.2b1,<2"),
        ("~1.2.3", "dice>=1.2.3,<1.3"),
        ("~1.2", "dice>=1.2,<1.3"),
        ("~1", "dice>=1,<2"),
        ("1.2.3", "dice==1.2.3"),
        ("1.*", "dice==1.*"),
        (">=1.2,<1.5", "dice>=1.2,<1.5"),
        ("~=1.2", "dice~=1.2"),
        ("*", "dice"),
        ("", "dice"),
        ("^1.0 || ^2.0", "dice"),
        ("1.0; rm -rf /", "dice"),
        ({"version": "^1.0", "optional": True}, "dice>=1.0,<2"),
        ({"git": "https://example.com/dice.git"}, "dice"),
        ([{"version": "^1.0"}], "dice"),
    ],
)
def test_constraints(text: object, meant: str) -> None:
    """Bounds are kept as Poetry's documentation has them; what pip can't say is left open."""
    assert requirement("dice", text) == meant
